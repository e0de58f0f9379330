"""What the dialer does while the ledger refuses, clocks disagree, or somebody asks for the impossible."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.documents.campaign import parse_campaign
from adapters.ledger.sqlite import SqliteRecorder
from application.commands import campaigns
from application.views.reads import Leftover
from domain.campaign import Limits, Plan
from domain.dialing import judge
from domain.errors import InvalidInput, LedgerUnavailable
from tests.application.dialer.stage import numbers, play, stage


def test_an_answer_waits_as_long_as_the_ledger_refuses_and_health_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SqliteRecorder.writing

    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3, drop_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("on the wire", lambda: bool(it.sandbox.log.lines("arrived")))

            def refuses(*_: object) -> object:
                raise LedgerUnavailable("disk full")

            monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            await it.until("it is said", lambda: "could not be recorded" in (it.dialer.trouble or ""))
            assert it.parts.troubles()["dialer"] is not None
            monkeypatch.setattr(SqliteRecorder, "writing", real)
            await it.until("recorded after all", lambda: bool(it.events("attempt.accepted")))
            await it.until("and well again", lambda: it.dialer.trouble is None)

    play(scenario)


def test_a_limit_that_no_clock_can_count_is_refused_and_one_in_the_ledger_stops_nobody(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"limits\.calls_per_second"):
        parse_campaign({"id": "slow", "from": "+15551230001", "limits": {"calls_per_second": 1e-12}})

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            plan = Plan(caller_number="+15551230001", limits=Limits(calls_per_second=1e-12))
            await it.do(campaigns.create_campaign("slow", plan))
            await it.do(campaigns.start_campaign("slow"))
            await it.campaign(numbers(2), "spring")
            await it.until("the other is called", lambda: it.phase("spring") == "completed")

    play(scenario)


def test_a_mistake_while_looking_for_whom_to_call_is_shown_and_does_not_end_the_dialer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object) -> None:
        raise KeyError("mistake")

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            with monkeypatch.context() as patch:
                patch.setattr(it.dialer._scheduler, "_try_one", mistake)
                await it.campaign(numbers(1))
                await it.until("it is said", lambda: "KeyError" in (it.dialer.trouble or ""))
            await it.until("and goes on", lambda: it.phase() == "completed")

    play(scenario)


def test_a_look_that_takes_long_is_taken_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def slow(*_: object) -> Leftover:
        nonlocal looks
        looks += 1
        time.sleep(0.1)
        return Leftover(position=0, is_somebody_left=True, held_by_calls=[])

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            monkeypatch.setattr(it.parts.reads, "leftover", slow)
            await it.campaign(numbers(1), per_second=0.001)
            await it.until("looked", lambda: looks > 0)
            await asyncio.sleep(1.8)

            assert looks == 1

    play(scenario)


def test_whom_the_gate_turns_back_is_set_aside_for_a_moment(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            real = it.dialer._attempts._judge_again
            it.dialer._attempts._judge_again = lambda started: judge(  # type: ignore[method-assign]
                it.parts.in_flight.campaigns[started.campaign_id],
                it.person(started.stream),
                it.parts.in_flight.account,
                [started.attempt_id],
                it.now(),
            )
            await it.campaign(numbers(2))
            await it.until("turned back", lambda: len(it.events("attempt.abandoned")) >= 2)
            await asyncio.sleep(0.5)

            assert len(it.events("attempt.abandoned")) <= 4
            it.dialer._attempts._judge_again = real  # type: ignore[method-assign]
            await it.until("called in the end", lambda: it.phase() == "completed")

    play(scenario)


def test_resuming_tries_held_destinations_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, no_rate_prefixes=["+15552000000"], answer_rate=1.0) as it:
            await it.campaign(numbers(2))
            await it.until("one is held", lambda: it.counts() == {"held": 1, "reached": 1})
            it.sandbox.update(no_rate_prefixes=[])
            if it.phase() == "running":
                await it.do(campaigns.pause_campaign("spring"))
                notes = await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
                await it.until("called after all", lambda: it.counts() == {"reached": 2})
                assert notes == ["1 held destinations are tried again"]

    play(scenario)


def test_a_campaign_does_not_wait_for_another_campaigns_attempt_that_nobody_settles(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, lost_response_rate=1.0, drop_rate=1.0) as it:
            await it.campaign(numbers(1), "spring")
            await it.until("unresolved", lambda: it.counts() == {"unresolved": 1})
            await it.campaign(numbers(1), "summer")
            await it.until("held", lambda: it.counts("summer") == {"held": 1})
            found = it.parts.reads.leftover("summer", it.now())

            assert not found.is_somebody_left
            assert found.held_by_calls == [it.parts.ledger.recipient_stream(numbers(1)[0])]
            assert it.parts.in_flight.will_be_free(found.held_by_calls, it.now())
            assert not it.parts.in_flight.will_be_free(found.held_by_calls, it.now() + timedelta(days=1))

    play(scenario)
