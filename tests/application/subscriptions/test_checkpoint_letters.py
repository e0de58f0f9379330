"""Checkpoints of the log as deliveries: the newest, at least once, under its own id, one at a time."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from adapters.verifiable_log.store import KeptCheckpoint
from application.subscriptions.checkpoint_letters import event_id_of, told_checkpoint
from domain.subscription import LOG_CHECKPOINT, OUTCOME_CHANGED
from tests.adapters.ledger.stage import BY
from tests.application.subscriptions.stage import Stage, subscriber

# What a mask for viewers would take for a number stands in the hash.
NOTE = "example.org/log\n5\n+15551230002/abcd=\n\n\N{EM DASH} example.org/log signature\n"
FIRST = KeptCheckpoint(5, 1_780_000_000.25, NOTE)


def later(size: int) -> KeptCheckpoint:
    return KeptCheckpoint(size, FIRST.at + size, NOTE.replace("\n5\n", f"\n{size}\n"))


def test_who_asks_for_it_is_told_of_each_checkpoint_once_and_of_none_twice(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, events=(LOG_CHECKPOINT,))
            for newest in (FIRST, FIRST, replace(FIRST, note=f"{NOTE}more"), later(8)):
                await running.service.tell_checkpoint(newest)
                await running.until(lambda: running.service.outbox.counts("crm") == (0, 0))
            await running.until(lambda: len(crm.taken) == 2)
            assert crm.taken[0].said == {
                "type": LOG_CHECKPOINT,
                "timestamp": "2026-05-28T20:26:40.250000Z",
                "data": {
                    "origin": "example.org/log",
                    "size": 5,
                    "signed_at": "2026-05-28T20:26:40.250000Z",
                    "checkpoint": NOTE,
                },
            }
            assert [one.said["data"]["size"] for one in crm.taken] == [5, 8]
            assert crm.taken[0].id == f"{event_id_of(told_checkpoint(FIRST))}_crm"

    asyncio.run(scene())


def test_while_one_waits_no_other_does_and_then_it_is_the_newest(stage: Stage) -> None:
    async def scene() -> None:
        status = 500
        async with subscriber(lambda _: status) as crm:
            async with stage.running() as running:
                await running.subscribe(crm.url, events=(LOG_CHECKPOINT, OUTCOME_CHANGED))
                await running.service.tell_checkpoint(FIRST)
                await running.until(lambda: len(crm.came) == 1)
                for size in (6, 7, 8):
                    await running.service.tell_checkpoint(later(size))
                assert running.service.outbox.counts("crm") == (1, 0)
            async with stage.running() as running:  # a new process, which does not know whom it told
                await running.service.tell_checkpoint(later(8))
                status = 204
                stage.clock.now += timedelta(seconds=10)
                await running.until(lambda: len(crm.taken) == 1)
                await running.until(lambda: running.service.outbox.counts("crm") == (0, 0))
                await running.service.tell_checkpoint(later(9))
                await running.until(lambda: len(crm.taken) == 2)
                assert [one.said["data"]["size"] for one in crm.taken] == [5, 9]

    asyncio.run(scene())


def test_who_is_paused_hears_of_the_newest_when_it_goes_on_and_who_does_not_ask_of_none(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, subscriber() as other, stage.running() as running:
            await running.subscribe(crm.url, events=(LOG_CHECKPOINT,), campaigns=("autumn",))
            await running.asking.pause("crm", None, BY)
            await running.service.tell_checkpoint(FIRST)
            assert running.service.outbox.counts("crm") == (0, 0)
            await running.asking.resume("crm", BY)
            await running.service.tell_checkpoint(later(6))
            await running.until(lambda: len(crm.taken) == 1)
            assert crm.taken[0].said["data"]["size"] == 6
            await running.asking.end("crm", BY)
            await running.service.tell_checkpoint(later(7))
            assert (len(crm.taken), other.taken) == (1, [])

    asyncio.run(scene())


def test_another_log_of_the_same_size_has_another_id() -> None:
    forked = replace(FIRST, note=NOTE.replace("abcd=", "abce="))
    signed_anew = replace(FIRST, note=f"{NOTE}more")

    assert event_id_of(told_checkpoint(forked)) != event_id_of(told_checkpoint(FIRST))
    assert event_id_of(told_checkpoint(signed_anew)) == event_id_of(told_checkpoint(FIRST))
