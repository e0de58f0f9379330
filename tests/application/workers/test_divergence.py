"""The daily look at what the provider still says of our calls, against the sandbox that was told to disagree."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.workers import divergence_part
from application.workers.divergence import DivergenceWatch
from domain.divergence import DivergenceLook, DivergenceObserved
from domain.errors import Conflict, InvalidInput
from entrypoints.process import utc_now
from entrypoints.sandbox.calls import CallStatus
from projections.call_journey import journey
from tests.application.dialer.stage import Stage, numbers, play, stage

FAST = 10_000.0
TOMORROW = timedelta(days=1, hours=7)
SOON = timedelta(seconds=2)
"""Times are whole seconds: what has ended now is of a window that ends then."""


@asynccontextmanager
async def called(folder: Path, count: int = 6, **more: Any) -> AsyncIterator[Stage]:
    """A campaign of so many calls that is over, on the sandbox and in the views."""
    if (now := utc_now()).hour == 23 and now.minute == 59:
        pytest.skip("calls of two days: the next minute is better")
    async with stage(folder, answer_rate=1.0, **more) as it:
        await it.campaign(numbers(count))
        await it.until("completed", lambda: it.phase() == "completed")
        yield it


def watch(it: Stage, by: timedelta = TOMORROW, requests_max: int = 1_000) -> DivergenceWatch:
    """One of our own, whose clock is ahead; nobody runs it."""
    parts = it.parts
    assert parts.installation.client is not None
    assert parts.in_flight.fingerprint is not None
    return DivergenceWatch(
        parts.ledger,
        parts.in_flight,
        parts.follower,
        parts.reads,
        parts.installation.client,
        parts.in_flight.fingerprint,
        clock=lambda: it.now() + by,
        requests_a_day_max=requests_max,
        requests_per_second=FAST,
    )


def today(it: Stage) -> datetime:
    return it.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def look_at(it: Stage) -> DivergenceLook:
    (look,) = it.parts.in_flight.account.divergences.looks.values()
    return look


def parts_of(it: Stage) -> list[DivergenceObserved]:
    return [e.event for e in it.events("divergence.observed") if isinstance(e.event, DivergenceObserved)]


def requests(it: Stage, begins: str) -> int:
    return sum(
        str(line["path"]).startswith(begins) for line in it.sandbox.log.lines("request") if line["method"] == "GET"
    )


def calls_of(it: Stage) -> list[Any]:
    return list(it.sandbox._world.exchange.calls.values())


def test_a_day_on_which_both_say_the_same_is_recorded_as_zero_and_not_looked_at_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as it:
            watching = watch(it)
            await watching.tick()
            look = look_at(it)

            assert (look.window_from, look.window_to) == (today(it), today(it) + timedelta(days=1))
            assert (look.ended, look.asked, look.found, look.left_out, look.is_finished) == (6, 6, 0, 0, True)
            assert look.totals is not None
            assert (look.totals.calls, look.totals.ours_answered, look.totals.is_settled) == (6, 6, True)
            assert (look.totals.calls_word, look.totals.seconds_word, look.on_request) == ("fit", "fit", False)
            assert (requests(it, "/v1/calls/"), requests(it, "/v1/usage")) == (6, 1)

            await watching.tick()
            assert len(parts_of(it)) == 1

    play(scenario)


def test_what_the_provider_says_otherwise_is_found_and_put_on_the_calls_journey(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as it:
            gone, failed, ringing, *_ = calls_of(it)
            it.sandbox._world.exchange.forget(gone)
            failed.state, ringing.state = CallStatus.FAILED, CallStatus.IN_PROGRESS
            failed.application.settle(it.now(), 0, Decimal(0), -3)
            await watch(it).tick()
            look = look_at(it)

            found = {one.call_id: (one.kind, one.ours, one.theirs) for one in look.differences}
            assert found == {
                gone.id: ("missing", "completed", "no such call"),
                failed.id: ("outcome", "completed", "failed"),
                ringing.id: ("not_ended", "completed", "in_progress"),
            }
            assert look.totals is not None
            assert (dict(look.counts), look.totals.calls_word) == (
                {"missing": 1, "outcome": 1, "not_ended": 1},
                "fewer",
            )
            assert look.found == 4
            observed = {e.stream for e in it.events("call.observed")}
            assert observed == {f"call:{gone.id}", f"call:{ringing.id}"}
            entries = journey(gone.id, it.parts.ledger.read_stream(f"call:{gone.id}"))
            assert entries is not None
            assert entries.entries[-1].detail["answer"] == "missing"
            assert [e.stream for e in it.events("call.failed")] == [f"call:{failed.id}"]
            assert it.call(failed.id).outcome == "completed"  # what was stamped by the provider itself still counts

    play(scenario)


def test_a_look_goes_on_where_it_was_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divergence_part, "PART_CALLS_MAX", 4)

    async def scenario() -> None:
        async with called(tmp_path, 10) as it:
            first = watch(it, SOON)
            first.ask_for(today(it).date())
            before = requests(it, "/v1/calls/")
            for one in (first, watch(it, SOON), watch(it, SOON)):  # each time another one, as after a restart
                await one.tick()

            assert [(one.part, one.asked, one.is_last) for one in parts_of(it)] == [
                (1, 4, False),
                (2, 4, False),
                (3, 2, True),
            ]
            assert (look_at(it).asked, look_at(it).is_finished) == (10, True)
            assert requests(it, "/v1/calls/") - before >= 10  # the reconciler asks as well, where a webhook is late

    play(scenario)


def test_requests_of_a_day_are_bounded_over_restarts_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path, 12) as it:
            looking = watch(it, SOON, 5)
            looking.ask_for(today(it).date())
            await looking.tick()
            look = look_at(it)

            assert look.every == 3
            assert look.asked + look.left_out == 12
            assert look.left_out_why in {"sampled", "budget"}
            spent = requests(it, "/v1/calls/") + requests(it, "/v1/usage")
            assert spent == it.parts.in_flight.account.divergences.requests <= 5

            again = watch(it, SOON, spent + 1)
            with pytest.raises(Conflict, match="used up"):
                again.ask_for(today(it).date())

    play(scenario)


def test_nothing_is_asked_while_a_request_to_dial_is_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divergence_part, "PRESSURE_WAIT_SECONDS", 0.01)

    async def scenario() -> None:
        async with called(tmp_path, 2) as it:
            looks: list[int] = []

            class OnTheirWay(dict[str, datetime]):
                """One request is on its way for the first three times that somebody looks."""

                def __len__(self) -> int:
                    looks.append(requests(it, "/v1/calls/"))
                    return int(len(looks) <= 3)

            monkeypatch.setattr(it.parts.in_flight.attempts, "started", OnTheirWay())
            await watch(it).tick()
            assert (looks[:4], requests(it, "/v1/calls/")) == ([0, 0, 0, 0], 2)

    play(scenario)


def test_where_a_request_to_dial_is_always_on_its_way_one_call_a_part_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divergence_part, "PRESSURE_WAIT_SECONDS", 0.005)
    monkeypatch.setattr(divergence_part, "PART_MAX", timedelta(seconds=0.02))

    async def scenario() -> None:
        async with called(tmp_path, 2) as it:
            monkeypatch.setattr(it.parts.in_flight.attempts, "started", {"a": it.now()})
            watching = watch(it)
            asked = []
            for _ in range(3):
                await watching.tick()
                asked.append(requests(it, "/v1/calls/"))
            assert (asked, look_at(it).is_finished, look_at(it).asked) == ([1, 2, 2], True, 2)

    play(scenario)


def test_where_nobody_answers_it_goes_on_later(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path, 8) as it:
            it.sandbox.update(read_error_rate=1.0)
            watching = watch(it, SOON)
            watching.ask_for(today(it).date())
            await watching.tick()
            await watching.tick()
            assert (requests(it, "/v1/calls/"), look_at(it).unanswered, look_at(it).is_finished) == (5, 5, False)

            it.sandbox.update(read_error_rate=0.0)
            await watch(it, timedelta(minutes=6)).tick()
            assert (look_at(it).asked, look_at(it).is_finished, look_at(it).found) == (8, True, 0)

    play(scenario)


@pytest.mark.parametrize(
    ("by", "requests_max"),
    [(timedelta(), 1_000), (timedelta(hours=-1), 1_000), (TOMORROW, 0)],
    ids=["the day is not over", "the clock is back", "it is off"],
)
def test_nothing_is_looked_at(tmp_path: Path, by: timedelta, requests_max: int) -> None:
    async def scenario() -> None:
        async with called(tmp_path, 1) as it:
            await watch(it, by, requests_max).tick()
            assert (parts_of(it), requests(it, "/v1/")) == ([], 0)

    play(scenario)


def test_a_person_may_have_today_looked_at_and_totals_that_are_not_settled_say_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path, 3) as it:
            calls_of(it)[0].application.settle(it.now(), 0, Decimal(0), -3)
            watching = watch(it, SOON)
            with pytest.raises(InvalidInput, match="still to come"):
                watching.ask_for(today(it).date() + timedelta(days=2))
            watching.ask_for(today(it).date())
            assert watching.waits
            await watching.tick()
            look = look_at(it)

            assert (watching.waits, look.on_request, look.asked, look.found) == (False, True, 3, 0)
            assert look.totals is not None
            assert (look.totals.calls, look.totals.is_settled, look.totals.calls_word) == (0, False, "unknown")
            with pytest.raises(Conflict, match="is off"):
                watch(it, requests_max=0).ask_for(today(it).date())

            await watch(it).tick()  # the day is looked at once more when it is over
            assert (look_at(it).on_request, look_at(it).found) == (False, 1)

    play(scenario)


def test_the_one_of_an_installation_has_its_settings(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path, 1) as it:
            own = [one.requests_a_day_max for one in it.parts.workers if isinstance(one, DivergenceWatch)]
            assert own == [5_000]

    play(scenario)
