"""When a campaign is over: what is recorded while the dialer looks whether anybody is left must not be overlooked."""

import asyncio
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.recipient_file import RecipientRow
from application.commands import recipients
from application.commands.campaigns import EVENTS_SINCE_MAX, complete_campaign
from application.views.reads import RemainingWork
from domain import call
from domain.identity import call_stream
from domain.policy import WEEKDAYS, Policy, Window
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.domain.given import report
from tests.entrypoints.ledger_trouble import held_writer
from tests.entrypoints.serving import OTHER, TO, Serving, until
from tests.entrypoints.serving import play as serve
from tests.entrypoints.standing_still import standing_still

ALL_DAY = dict.fromkeys(WEEKDAYS, (Window(0, 24 * 60),))
(NOWHERE,) = numbers(1)


def test_who_became_free_since_the_views_were_read_is_called_and_not_overlooked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, talk_seconds="60:60") as it:
            await it.campaign(numbers(1), "spring")
            await it.until("they talk", lambda: it.counts("spring") == {"in_progress": 1})
            await it.campaign(numbers(1), "summer")
            await it.until("held", lambda: it.counts("summer") == {"held": 1})
            async with standing_still(it.parts):
                await _end(it)
                await asyncio.sleep(1.5)
                assert it.phase("summer") == "running"
            await it.until("called by the other as well", lambda: len(it.posts()) == 2)

    play(scenario)


@pytest.mark.parametrize("what", ["enrolled", "released", "nothing", "another campaign's", "too much"])
def test_only_what_may_bring_somebody_back_keeps_a_campaign_from_being_completed(tmp_path: Path, what: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(campaign_id="other")
        await stage.client.post("/v1/suppressions", json={"number": TO})
        seen = stage.ledger.position
        match what:
            case "nothing":
                pass
            case "enrolled":
                await stage.enroll(OTHER)
            case "released":
                await stage.client.delete(f"/v1/suppressions/{TO}")
            case "another campaign's":
                await stage.enroll(OTHER, campaign_id="other")
                await stage.dial(OTHER, "call_1", "other")
            case _:
                await stage.enroll(*(f"+1555124{n:04}" for n in range(EVENTS_SINCE_MAX + 1)), campaign_id="other")
        done = await stage.do(complete_campaign("spring_followup", seen, is_somebody_held=False), "attempts")

        assert done == (what in {"nothing", "another campaign's"})
        assert ("campaign.completed" in stage.names()) == done

    serve(tmp_path, scene)


def test_an_earlier_command_of_the_same_commit_counts_as_well(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.client.post("/v1/suppressions", json={"number": TO})
        complete = complete_campaign("spring_followup", stage.ledger.position, is_somebody_held=False)
        async with held_writer(stage):
            releasing = asyncio.create_task(
                stage.do(recipients.release_recipient(stage.ledger.recipient_stream(TO), TO))
            )
            await until(lambda: stage.ledger.waiting()["commands"] == 1)
            completing = asyncio.create_task(stage.do(complete, "attempts"))
            await until(lambda: stage.ledger.waiting()["attempts"] == 1)
        assert (await releasing, await completing) == ([TO], False)

    serve(tmp_path, scene)


def test_a_campaign_completes_while_another_one_is_busy(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3) as it:
            await it.campaign(numbers(1), "spring")
            await it.campaign(numbers(200)[1:], "summer", per_second=30)
            await it.until("spring is over", lambda: it.phase("spring") == "completed")

            assert it.phase("summer") == "running"

    play(scenario)


def test_a_look_that_takes_long_is_taken_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def slow(*_: object) -> RemainingWork:
        nonlocal looks
        looks += 1
        time.sleep(0.1)
        return RemainingWork(position=0, is_somebody_left=True, held_by_calls=[])

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            monkeypatch.setattr(it.parts.reads, "remaining_work", slow)
            await it.campaign(numbers(1), per_second=0.001)
            await it.until("looked", lambda: looks > 0)
            await asyncio.sleep(1.8)

            assert looks == 1

    play(scenario)


def test_where_somebody_is_left_it_is_looked_again_once_something_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            look = it.parts.reads.remaining_work

            def counted(campaign_id: str, now: datetime) -> RemainingWork:
                found = look(campaign_id, now)
                looks.append(found.position)
                return found

            monkeypatch.setattr(it.parts.reads, "remaining_work", counted)
            await it.campaign(numbers(1), policy=Policy(starts_at=it.now() + timedelta(days=1)))
            await it.until("looked", lambda: looks[-1:] == [it.parts.ledger.position])
            seen = list(looks)
            await asyncio.sleep(1.3)
            assert looks == seen
            await it.campaign(numbers(1), "summer", starts=False)
            await it.until("looked again", lambda: looks[-1] > seen[-1])

    play(scenario)


@pytest.mark.parametrize(
    ("zone", "policy", "is_left"),
    [
        ("Mars/Olympus", Policy(hours=ALL_DAY), True),
        ("Mars/Olympus", Policy(excluded_dates=(date(2026, 1, 1),)), True),
        (None, Policy(hours=ALL_DAY, default_zone="Mars/Olympus"), True),
        ("Etc/UTC", Policy(holidays=("XX",)), True),
        (None, Policy(hours=ALL_DAY), False),
    ],
)
def test_data_that_is_missing_holds_and_does_not_end_the_campaign(
    tmp_path: Path, zone: str | None, policy: Policy, is_left: bool
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign([], starts=False, policy=policy)
            stream = it.parts.ledger.recipient_stream(NOWHERE)
            await it.do(recipients.enroll_recipients("spring", "file", [(stream, RecipientRow(2, NOWHERE, zone, {}))]))
            await it.do(start_campaign("spring"))

            assert it.parts.reads.remaining_work("spring", it.now()).is_somebody_left is is_left
            assert it.counts() == {"held": 1}
            assert it.posts() == []

    play(scenario)


def test_a_campaign_does_not_wait_for_another_campaigns_attempt_that_nobody_settles(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(1), "spring")
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await it.campaign(numbers(1), "summer")
            await it.until("held", lambda: it.counts("summer") == {"held": 1})
            found = it.parts.reads.remaining_work("summer", it.now())

            assert not found.is_somebody_left
            assert found.held_by_calls == [it.parts.ledger.recipient_stream(numbers(1)[0])]
            assert it.parts.in_flight.attempts.will_be_free(found.held_by_calls, it.now())
            assert not it.parts.in_flight.attempts.will_be_free(found.held_by_calls, it.now() + timedelta(days=1))

    play(scenario)


async def _end(it: Stage) -> None:
    """The call's end, as a webhook would tell it."""
    (call_id,) = it.parts.in_flight.calls.open
    ended = report("call.completed")

    def decide(tx: Any) -> None:
        tx.append(call_stream(call_id), call.receive(tx.call(call_id), ended))

    await it.parts.ledger.execute(decide, lane="webhooks", metadata={"actor": "test"})
