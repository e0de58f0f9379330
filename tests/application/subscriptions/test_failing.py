"""What becomes of deliveries that nobody takes, and of a subscription that lost its place."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from application.subscriptions.line import UNTOLD
from domain.errors import Conflict, InvalidInput, LedgerBusy, LedgerUnavailable
from domain.subscription import SubscriberRole, Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import BY, feed, names
from tests.application.subscriptions.stage import Stage, Told, subscriber, verified
from tests.application.subscriptions.test_service import ONE, TWO, statuses

THREE = "+15551230004"


def test_after_three_days_it_is_given_up_and_may_be_sent_again_out_of_order(stage: Stage) -> None:
    async def scene() -> None:
        down = {ONE}

        def answers(told: Told) -> int:
            return 503 if told.said["data"]["number"] in down else 204

        async with subscriber(answers) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE)
            outbox, waits = running.service.outbox, 0

            def tried() -> int:
                return len(outbox.tries("crm", 100))

            while outbox.counts("crm")[1] == 0:
                await running.until(lambda: outbox.counts("crm")[1] == 1 or tried() == waits + 1)  # noqa: B023
                waits = tried()
                stage.clock.now += timedelta(hours=10)
            assert 6 <= len(crm.came) <= 22

            down.clear()
            stage.suppress(ONE)  # what comes after it in its lane goes on
            await running.until(lambda: statuses(crm.taken, ONE) == ["suppressed"])
            await running.until_idle()  # else it may come again
            assert await running.asking.resend("crm", 0, 10**9) == 1
            await running.until(lambda: statuses(crm.taken, ONE) == ["suppressed", "queued"])
            again = crm.taken[-1]
            assert (again.id, again.body) == (crm.came[0].id, crm.came[0].body)
            assert again.headers["dialtrail-out-of-order"] == "true"
            await running.until(lambda: running.service.outbox.counts("crm") == (0, 0))
            assert await running.asking.resend("crm", 0, 10**9) == 0
        dead = [one.event for one in feed(stage.ledger) if one.name == "subscription.dead"]
        assert [(one.deliveries, one.status, one.why) for one in dead] == [(1, 503, "answered 503")]  # type: ignore[union-attr]

    asyncio.run(scene())


@pytest.mark.parametrize("is_resumed", [False, True])
def test_a_replay_tells_what_was_given_up_after_its_position_in_order(stage: Stage, is_resumed: bool) -> None:
    async def scene() -> None:
        broken = {ONE}

        def write(kind: str, at: datetime, what: Any, stream: str, role: SubscriberRole) -> bytes:
            if what.number in broken:
                raise KeyError(what.number)
            return write_body(kind, at, what, stream, role)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tests.application.subscriptions.stage.write_body", write)
            async with subscriber() as crm, stage.running() as running:
                await running.subscribe(crm.url, role="auditor")
                stage.enrol(ONE, TWO)
                stage.suppress(ONE)
                first = stage.ledger.position
                stage.release(ONE)
                await running.until_idle()
                outbox = running.service.outbox
                assert outbox.counts("crm") == (0, 3)
                broken.clear()
                if is_resumed:
                    await running.asking.pause("crm", None, BY)
                    await running.asking.resume("crm", BY)

                await running.asking.replay("crm", first)
                await running.until(lambda: statuses(crm.taken, ONE) == ["queued"])
                await running.until_idle()
                await running.until(lambda: outbox.counts("crm") == (0, 2))  # before the position it stays given up
                await running.asking.replay("crm", 0)
                await running.until(lambda: statuses(crm.taken, ONE)[1:] == ["queued", "suppressed", "queued"])
                await running.until(lambda: outbox.counts("crm") == (0, 0))

    asyncio.run(scene())


def test_who_refuses_everything_is_asked_with_one_delivery_at_a_time(stage: Stage) -> None:
    async def scene() -> None:
        status = 503
        async with subscriber(lambda _: status) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            people = [f"+1555123{n:04}" for n in range(2, 62)]
            stage.enrol(*people)
            outbox = running.service.outbox
            asked = 0
            while asked < 3 or asked < len(crm.came):  # those that were on the way when the third one failed
                await running.until(lambda: len(outbox.tries("crm", 100)) >= max(3, len(crm.came)))
                asked = len(outbox.tries("crm", 100))
            assert asked <= 10
            for wait in (6.0, 16.0, 31.0):
                stage.clock.now += timedelta(seconds=wait)
                asked += 1
                await running.until(lambda: len(outbox.tries("crm", 100)) >= asked)  # noqa: B023
                assert len(crm.came) == asked
            status = 204
            stage.suppress(people[0])
            stage.clock.now += timedelta(minutes=10)
            await running.until(lambda: len(crm.taken) == 61 and outbox.counts("crm") == (0, 0))
            assert statuses(crm.taken, people[0]) == ["queued", "suppressed"]

    asyncio.run(scene())


def test_three_that_are_refused_for_themselves_do_not_hold_up_all_others(stage: Stage) -> None:
    async def scene() -> None:
        refused = {f"+1555123{n:04}" for n in range(2, 5)}

        def answers(told: Told) -> int:
            return 400 if told.said["data"]["number"] in refused else 204

        async with subscriber(answers) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(*sorted(refused))
            outbox = running.service.outbox
            await running.until(lambda: len(outbox.tries("crm", 100)) == 3)
            others = [f"+1555123{n:04}" for n in range(5, 25)]
            stage.enrol(*others)
            for asked, wait in enumerate((6, 16, 31), 4):
                stage.clock.now += timedelta(seconds=wait)
                await running.until(lambda: len(outbox.tries("crm", 100)) >= asked)  # noqa: B023
            await running.until(lambda: len(crm.taken) == len(others))

    asyncio.run(scene())


def test_who_answers_gone_is_paused_and_goes_on_where_it_stood(stage: Stage) -> None:
    async def scene() -> None:
        status = 410
        async with subscriber(lambda _: status) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE)
            await running.until(lambda: "subscription.paused" in names(feed(stage.ledger)))
            status = 204
            stage.suppress(ONE)
            await running.asking.resume("crm", BY)
            stage.clock.now += timedelta(minutes=1)
            await running.until(lambda: statuses(crm.taken, ONE) == ["queued", "suppressed"])

    asyncio.run(scene())


def test_who_answers_gone_is_paused_although_the_ledger_is_busy_at_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, refusals = stage.ledger.execute, [LedgerBusy("busy"), LedgerUnavailable("no space"), LedgerBusy("busy")]

    async def busy_at_first(decide: Any, **details: Any) -> Any:
        if details["metadata"] == {"actor": "subscriptions"} and refusals:
            raise refusals.pop()
        return await execute(decide, **details)

    monkeypatch.setattr(stage.ledger, "execute", busy_at_first)
    monkeypatch.setattr("application.subscriptions.service.LOOK_EVERY_SECONDS", 0.0)

    async def scene() -> None:
        async with subscriber(lambda _: 410) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE)
            await running.until(lambda: "subscription.paused" in names(feed(stage.ledger)))
            assert refusals == []
            assert len(crm.came) == 1

    asyncio.run(scene())


def test_without_its_outbox_or_in_another_ledger_it_is_paused_and_loses_nothing(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm:
            async with stage.running() as running:
                await running.subscribe(crm.url, role="auditor")
                stage.enrol(ONE)
                await running.until_idle()
            for file in stage.folder.glob("outbox.db*"):
                file.unlink()
            stage.suppress(ONE)
            async with stage.running() as running:
                await running.until(lambda: "subscription.paused" in names(feed(stage.ledger)))
                with pytest.raises(Conflict, match="the outbox does not know crm"):
                    await running.asking.resume("crm", BY)
                put = await running.asking.put("crm", Wanted(url=crm.url, role="auditor"), None, BY)
                assert put.secret is not None
                await running.asking.resume("crm", BY)
                await running.until(lambda: statuses(crm.taken, ONE) == ["queued", "queued", "suppressed"])
                assert verified(crm.taken[-1], put.secret)
                await running.until_idle()
                running.service.outbox.replay("crm", 10**6, "elsewhere", 0)
            async with stage.running() as running:
                await running.until(lambda: names(feed(stage.ledger)).count("subscription.paused") == 2)

    asyncio.run(scene())


def test_a_target_that_is_not_allowed_is_refused_and_one_that_turns_so_is_not_reached(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm:
            async with stage.running(allowed=False) as running:
                with pytest.raises(InvalidInput, match="url: 127"):
                    await running.subscribe(crm.url)
            async with stage.running() as running:
                await running.subscribe(crm.url)
            async with stage.running(allowed=False) as running:
                stage.enrol(ONE)
                await running.until(lambda: running.service.outbox.counts("crm") == (1, 0))
                [tried] = running.service.outbox.tries("crm", 5)
                assert "DIALTRAIL_TARGETS_ALLOWED" in (tried.why or "")
            assert crm.came == []

    asyncio.run(scene())


def test_an_event_that_cannot_be_told_keeps_no_other_from_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {TWO}

    def write(kind: str, at: datetime, what: Any, stream: str, role: SubscriberRole) -> bytes:
        if what.number in broken:
            raise KeyError(what.number)
        return write_body(kind, at, what, stream, role)

    monkeypatch.setattr("tests.application.subscriptions.stage.write_body", write)

    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE, TWO, THREE)
            await running.until_idle()
            outbox = running.service.outbox
            [letter] = outbox.dead("crm")
            assert letter.why == UNTOLD.format("KeyError")
            assert sorted({told.said["data"]["number"] for told in crm.taken}) == sorted({ONE, THREE})

            await running.asking.resend("crm", 0, 10**9)  # it still cannot be told
            await running.until(lambda: outbox.counts("crm") == (0, 1))
            assert statuses(crm.taken, TWO) == []

            broken.clear()
            await running.asking.resend("crm", 0, 10**9)
            await running.until(lambda: outbox.counts("crm") == (0, 0))
            assert statuses(crm.taken, TWO) == ["queued"]
        dead = [one.event for one in feed(stage.ledger) if one.name == "subscription.dead"]
        assert {one.why for one in dead} == {UNTOLD.format("KeyError")}  # type: ignore[union-attr]

    asyncio.run(scene())
