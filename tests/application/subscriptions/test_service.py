"""What a subscriber is told, in which order, and what is kept of it; against a real server on loopback."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.outbox_rows import SubscriberPlace
from application.commands.subscriptions import end_subscription, pause_subscription, resume_subscription
from application.subscriptions import service
from domain.errors import Conflict, NotFound, NotReady
from domain.instants import time_text
from tests.adapters.ledger.stage import BY, feed
from tests.application.subscriptions.stage import SECRET, Stage, Told, subscriber, verified

ONE, TWO = "+15551230002", "+15551230003"


def statuses(came: list[Told], number: str) -> list[str]:
    return [one.said["data"]["status"] for one in came if one.said["data"]["number"] == number]


def test_what_is_asked_at_another_server_is_heard_of_by_the_ledger(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url)
            await running.until(lambda: running.service.line("crm") is not None)
            for decide, serves in (
                (pause_subscription("crm", "operator", None), False),
                (resume_subscription("crm"), True),
                (end_subscription("crm"), False),
            ):
                await stage.ledger.execute(decide, lane="commands", metadata=BY)
                await running.until(lambda serves=serves: (running.service.line("crm") is not None) == serves)  # type: ignore[misc]

    monkeypatch.setattr(service, "LOOK_EVERY_SECONDS", 3600.0)
    asyncio.run(scene())


def test_a_stop_ends_all_though_the_outbox_cannot_be_written(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def write(place: SubscriberPlace, *_: object) -> None:
        tried.append(place.subscription_id)
        raise NotReady("too many clients")

    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            for name in ("crm", "erp"):
                await running.subscribe(crm.url, name)
            await running.until(lambda: len(running.service.lines()) == 2)
            monkeypatch.setattr(running.service.outbox, "write", write)
            stage.enrol(ONE)
            await running.until(lambda: len(crm.taken) == 2)
            tried.clear()
            await running.service.stop()
            assert (sorted(set(tried)), list(running.service.lines())) == (["crm", "erp"], [])

    asyncio.run(scene())


def test_an_outcome_that_changes_is_told_once_in_order_and_signed(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE, TWO)
            stage.suppress(ONE)
            stage.release(ONE)
            await running.until_idle()
            await running.until(lambda: len(crm.taken) == 4)

            assert statuses(crm.taken, ONE) == ["queued", "suppressed", "queued"]
            assert statuses(crm.taken, TWO) == ["queued"]
            assert all(verified(one) for one in crm.taken)
            assert len({one.id for one in crm.taken}) == 4
            told = next(one for one in crm.taken if one.said["data"]["status"] == "suppressed")
            event = next(one for one in feed(stage.ledger) if one.name == "recipient.suppressed")
            assert told.id == f"{event.event_id}_crm"
            assert told.said["type"] == "outcome.changed"
            assert told.said["timestamp"] == time_text(event.recorded_at)
            assert told.position == event.position
            assert set(told.said) == {"type", "timestamp", "data"}
            assert "dialtrail-out-of-order" not in told.headers

    asyncio.run(scene())


def test_events_by_name_are_told_as_the_feed_shows_them_and_only_of_these_campaigns(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, subscriber() as all_of_it, stage.running() as running:
            wanted: dict[str, Any] = {"events": ("recipient.enrolled", "campaign.started", "recipient.suppressed")}
            await running.subscribe(crm.url, "crm", campaigns=("spring",), **wanted)
            await running.subscribe(all_of_it.url, "all", role="operator", **wanted)
            stage.enrol(ONE, campaign_id="spring")
            stage.enrol(TWO, campaign_id="autumn")
            stage.suppress(ONE)
            await running.until(lambda: len(all_of_it.taken) == 5 and len(crm.taken) == 3)
            await running.until_idle()

            assert sorted(one.said["type"] for one in crm.taken) == [
                "campaign.started", "recipient.enrolled", "recipient.suppressed",
            ]  # fmt: skip
            assert {one.said["data"]["body"] is None for one in crm.taken} == {True}  # a viewer's
            [enrolled] = [one for one in all_of_it.taken if (one.said["data"]["body"] or {}).get("number") == TWO][:1]
            assert enrolled.said["data"]["event"] == enrolled.said["type"]
            assert ONE not in b"".join(one.body for one in crm.came).decode()

    asyncio.run(scene())


def test_a_viewer_is_told_no_numbers_digits_and_words(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url)
            stage.enrol(ONE)
            stage.suppress(ONE)
            await running.until(lambda: len(crm.taken) == 2)
            told = crm.taken[1].said["data"]
            assert (told["number"], told["status"], told["reason"], told["digits"]) == (
                "+15…02",
                "suppressed",
                None,
                None,
            )

    asyncio.run(scene())


def test_subscriptions_are_told_nothing_of_subscriptions(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, events=("subscription.created", "recipient.enrolled"))
            await running.subscribe(crm.url, "other", events=("recipient.enrolled",))
            stage.enrol(ONE)
            await running.until(lambda: len(crm.taken) == 2)
            assert {one.said["type"] for one in crm.taken} == {"recipient.enrolled"}

    asyncio.run(scene())


def test_one_that_fails_is_tried_again_and_holds_back_its_own_lane_only(stage: Stage) -> None:
    async def scene() -> None:
        down = {ONE}

        def answers(told: Told) -> int:
            return 500 if told.said["data"]["number"] in down else 204

        async with subscriber(answers) as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE, TWO)
            await running.until(lambda: len(crm.came) == 2)
            stage.suppress(ONE)
            stage.suppress(TWO)
            await running.until(lambda: statuses(crm.taken, TWO) == ["queued", "suppressed"])
            await running.until_idle()
            assert statuses(crm.came, ONE) == ["queued"]
            assert running.service.outbox.counts("crm") == (2, 0)
            place = running.service.outbox.place("crm")
            assert place is not None
            [failed] = [one for one in running.service.outbox.tries("crm", 10) if one.status == 500]
            assert (failed.answer, failed.why) == (b"no", None)
            assert SECRET not in failed.request
            assert "signature" not in failed.request

            down.clear()
            stage.clock.now += timedelta(seconds=4.9)
            await asyncio.sleep(0.1)
            assert statuses(crm.came, ONE) == ["queued"]
            stage.clock.now += timedelta(seconds=0.2)
            await running.until(lambda: statuses(crm.taken, ONE) == ["queued", "suppressed"])
            await running.until(lambda: running.service.outbox.counts("crm") == (0, 0))
            assert crm.came[0].body in {one.body for one in crm.taken}
            assert len({one.id for one in crm.came}) == 4

    asyncio.run(scene())


def test_a_paused_one_is_told_nothing_and_then_all_of_it(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            await running.asking.pause("crm", "moving", BY)
            stage.enrol(ONE)
            stage.suppress(ONE)
            await asyncio.sleep(0.2)
            assert crm.came == []
            await running.asking.resume("crm", BY)
            await running.until(lambda: statuses(crm.taken, ONE) == ["queued", "suppressed"])
            await running.asking.end("crm", BY)
            stage.release(ONE)
            await asyncio.sleep(0.2)
            assert len(crm.came) == 2
            for ask in (running.asking.pause("crm", None, BY), running.asking.resume("crm", BY)):
                with pytest.raises(NotFound):
                    await ask

    asyncio.run(scene())


def test_a_replay_tells_it_all_again_marked_under_the_same_ids(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE)
            stage.suppress(ONE)
            await running.until_idle()
            first = list(crm.taken)
            assert len(first) == 2
            assert await running.asking.replay("crm", 0) == 0
            await running.until(lambda: len(crm.taken) == 4)
            stage.release(ONE)
            await running.until(lambda: len(crm.taken) == 5)

            assert [(one.id, one.body) for one in crm.taken[2:4]] == [(one.id, one.body) for one in first]
            assert ["dialtrail-out-of-order" in one.headers for one in crm.taken] == [False, False, True, True, False]
            with pytest.raises(Conflict, match="after the ledger's end"):
                await running.asking.replay("crm", 10**6)

    asyncio.run(scene())


def test_a_restart_goes_on_where_it_stood(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm:
            async with stage.running() as running:
                await running.subscribe(crm.url, role="auditor")
                stage.enrol(ONE)
                await running.until(lambda: len(crm.taken) == 1)
                await running.until_idle()  # what is on the wire when it stops may come again
            stage.suppress(ONE)
            async with stage.running() as running:
                await running.until(lambda: len(crm.taken) == 2)
                await running.until_idle()
            assert statuses(crm.came, ONE) == ["queued", "suppressed"]

    asyncio.run(scene())


def test_one_that_hangs_holds_back_nobody_else(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber(lambda _: -1) as hanging, subscriber() as crm, stage.running() as running:
            await running.subscribe(hanging.url, "slow", role="auditor")
            await running.subscribe(crm.url, "crm", role="auditor")
            stage.enrol(*(f"+1555123{n:04}" for n in range(2, 102)))
            await running.until(lambda: len(crm.taken) == 100)
            assert len(hanging.came) <= 8

    asyncio.run(scene())


def test_a_secret_is_in_no_event_and_no_repr(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url)
            place = running.service.outbox.place("crm")
            assert place is not None
            assert place.secret == SECRET
            assert SECRET not in repr(place)
            assert SECRET not in repr(feed(stage.ledger))
        assert (stage.folder / "outbox.db").stat().st_mode & 0o077 == 0

    asyncio.run(scene())
