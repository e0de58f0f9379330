"""Pacing keeps the limit in every one second, wherever it begins, and at the provider's side as well."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.pacing import (
    ARRIVAL_JITTER_SECONDS,
    CALM_AFTER_REFUSAL_SECONDS,
    CATCH_UP_SECONDS,
    FULL_WAIT_SECONDS_MAX,
    RECOVERY_SHARE_PER_SECOND,
    SLOWEST_SHARE,
    TROUBLE_WAIT_SECONDS,
    TROUBLE_WAIT_SECONDS_MAX,
    Limit,
    Pace,
    call_ended,
    limited,
    primed,
    sent,
    troubled,
    understood,
    with_limit,
)

# Two floats that should be one second apart may miss it by their rounding.
ROUNDING_SECONDS = 1e-6

# Mostly none, so that requests really leave as early as they may.
DELAYS = st.one_of(st.just(0.0), st.just(0.0), st.floats(0, 0.3), st.floats(0, 5))
JITTERS = st.one_of(st.just(0.0), st.just(ARRIVAL_JITTER_SECONDS), st.floats(0, ARRIVAL_JITTER_SECONDS))
HAPPENINGS = st.sampled_from(
    ["sent", "sent", "sent", "calls_per_second", "calls_at_once", "trouble", "ended", "restarted"]
)
STARTS = st.floats(0, 1e6)


def most_in_one_second(times: list[float]) -> int:
    """The most of these in any half-open window of one second."""
    ordered = sorted(times)
    return max(sum(begin <= t < begin + 1 - ROUNDING_SECONDS for t in ordered) for begin in ordered)


def send_times(limit: int, start: float, happenings: list[tuple[str, float]]) -> list[float]:
    """When requests left, each as early as the pace allowed plus its delay, whatever happened between them."""
    pace, now, times = Pace(calls_per_second=limit), start, list[float]()
    for happening, delay in happenings:
        match happening:
            case "sent":
                now += pace.wait_seconds(now) + delay
                pace = sent(pace, now)
                times.append(now)
            case "calls_per_second" | "calls_at_once":
                now += delay
                pace = limited(pace, happening, now)
            case "trouble":
                now += delay
                pace = troubled(pace, now)
            case "ended":
                now += delay
                pace = call_ended(pace, now)
            case _:  # A restart knows of the last requests from the ledger, and of nothing else.
                pace = primed(limit, pace.recent)
    return times


@settings(max_examples=300)
@given(st.integers(1, 40), STARTS, st.lists(DELAYS, min_size=1, max_size=120))
def test_the_limit_holds_in_any_second_however_requests_are_scheduled(
    limit: int, start: float, delays: list[float]
) -> None:
    times = send_times(limit, start, [("sent", delay) for delay in delays])

    assert most_in_one_second(times) <= limit


@settings(max_examples=300)
@given(st.integers(1, 40), STARTS, st.lists(st.tuples(DELAYS, JITTERS), min_size=1, max_size=120))
def test_the_limit_holds_where_requests_arrive_although_some_travel_longer(
    limit: int, start: float, requests: list[tuple[float, float]]
) -> None:
    times = send_times(limit, start, [("sent", delay) for delay, _ in requests])

    assert most_in_one_second([time + jitter for time, (_, jitter) in zip(times, requests, strict=True)]) <= limit


@settings(max_examples=300)
@given(st.integers(1, 40), STARTS, st.lists(st.tuples(HAPPENINGS, DELAYS), min_size=1, max_size=120), st.data())
def test_the_limit_holds_through_refusals_ended_calls_and_restarts(
    limit: int, start: float, happenings: list[tuple[str, float]], data: st.DataObject
) -> None:
    times = send_times(limit, start, [("sent", 0.0), *happenings])
    jitters = data.draw(st.lists(JITTERS, min_size=len(times), max_size=len(times)))

    assert most_in_one_second([time + jitter for time, jitter in zip(times, jitters, strict=True)]) <= limit


@pytest.mark.parametrize("limit", [1, 10, 300])
def test_the_worst_jitter_at_full_pace_just_fits_the_limit(limit: int) -> None:
    times = send_times(limit, 0.0, [("sent", 0.0)] * (2 * limit))
    # Those of the first moments arrive together, all others without delay: they bunch as closely as they can.
    arrivals = [max(time, ARRIVAL_JITTER_SECONDS) for time in times]

    assert most_in_one_second(arrivals) == limit


def test_the_pace_at_full_share_is_the_limit_less_the_jitter() -> None:
    times = send_times(20, 0.0, [("sent", 0.0)] * 201)

    assert times[-1] == pytest.approx(200 * (1 + ARRIVAL_JITTER_SECONDS) / 20)


def test_the_first_request_leaves_at_once_and_the_next_after_the_gap() -> None:
    pace = Pace(calls_per_second=10)

    assert pace.wait_seconds(100.0) == 0.0
    assert sent(pace, 100.0).wait_seconds(100.0) == pytest.approx(0.105)
    assert sent(pace, 100.0).wait_seconds(100.1) == pytest.approx(0.005)
    assert sent(pace, 100.0).wait_seconds(100.2) == 0.0


def test_a_pace_primed_with_the_last_requests_before_a_restart_goes_on_from_them() -> None:
    pace = primed(2, [99.9, 99.3])

    assert pace == sent(sent(Pace(calls_per_second=2), 99.3), 99.9)
    assert pace.wait_seconds(100.0) == pytest.approx(99.3 + 1.05 - 100.0)
    assert primed(2, []) == Pace(calls_per_second=2)


def test_a_request_that_left_late_lets_the_next_ones_close_up_to_half_a_gap() -> None:
    pace = sent(sent(Pace(calls_per_second=10), 100.0), 100.2)

    assert pace.wait_seconds(100.2) == pytest.approx(0.0525)
    late = sent(pace, 105.0)
    assert late.due == pytest.approx(105.0 - CATCH_UP_SECONDS + 0.105)


def test_small_delays_do_not_add_up() -> None:
    pace, now = Pace(calls_per_second=100), 0.0
    for _ in range(1_000):
        now += pace.wait_seconds(now) + 0.004
        pace = sent(pace, now)

    assert now == pytest.approx(1_000 * 0.0105, rel=0.01)


def test_less_than_one_a_second_is_kept_over_the_longer_window() -> None:
    pace = sent(Pace(calls_per_second=0.5), 100.0)

    assert pace.wait_seconds(100.0) == pytest.approx(2.1)
    assert sent(pace, 103.0).wait_seconds(103.0) == pytest.approx(2.1)


def test_a_refusal_for_too_many_a_second_closes_for_a_moment_and_halves_the_pace() -> None:
    before = sent(Pace(calls_per_second=10), 100.0)
    pace = limited(before, "calls_per_second", 100.02)

    assert pace == replace(
        before,
        share=0.5,
        share_at=100.02 + CALM_AFTER_REFUSAL_SECONDS,
        closed_until=100.02 + CALM_AFTER_REFUSAL_SECONDS,
    )
    assert pace.wait_seconds(100.02) == pytest.approx(CALM_AFTER_REFUSAL_SECONDS)
    assert pace.gap_seconds(101.02) == pytest.approx(2 * Pace(calls_per_second=10).gap_seconds(0))


@given(st.lists(st.floats(0, 30), max_size=30), st.floats(0, 500))
def test_each_refusal_halves_and_recovery_ends_at_the_limit(refusals: list[float], calm: float) -> None:
    pace, now = Pace(calls_per_second=10), 0.0
    for wait in refusals:
        now += wait
        before = pace
        pace = limited(pace, "calls_per_second", now)
        if now < before.share_at:
            assert pace == before
        else:
            assert pace.share_now(now) == max(SLOWEST_SHARE, before.share_now(now) / 2)

    after = pace.share_now(pace.share_at + calm)

    assert SLOWEST_SHARE <= pace.share <= after <= 1.0
    assert after == pytest.approx(min(1.0, pace.share + calm * RECOVERY_SHARE_PER_SECOND))
    assert pace.gap_seconds(now + calm) >= Pace(calls_per_second=10).gap_seconds(0)


def test_a_refusal_for_too_many_at_once_waits_and_keeps_the_pace() -> None:
    pace = Pace(calls_per_second=10)

    assert limited(pace, "calls_at_once", 100.0) == Pace(calls_per_second=10, full_until=100.0 + FULL_WAIT_SECONDS_MAX)


def test_the_end_of_a_call_makes_room_where_the_provider_was_full() -> None:
    full = limited(Pace(calls_per_second=10), "calls_at_once", 100.0)

    assert full.wait_seconds(101.0) == pytest.approx(FULL_WAIT_SECONDS_MAX - 1)
    assert call_ended(full, 101.0).wait_seconds(101.0) == 0.0


@pytest.mark.parametrize("limit", ["calls_per_second", None])
def test_the_end_of_a_call_does_not_hurry_a_pace_that_was_not_full(limit: Limit | None) -> None:
    pace = sent(Pace(calls_per_second=10), 100.0)
    before = pace if limit is None else limited(pace, limit, 100.0)

    assert call_ended(before, 100.05) == before


def test_the_end_of_a_call_ends_no_wait_but_that_for_room() -> None:
    in_trouble = troubled(troubled(troubled(Pace(calls_per_second=10), 98.0), 98.5), 100.0)
    refused = limited(in_trouble, "calls_per_second", 100.0)
    full = limited(refused, "calls_at_once", 100.0)

    waits = [pace.wait_seconds(100.0) for pace in (in_trouble, refused, full, call_ended(full, 100.0))]

    assert waits == pytest.approx([2.0, 2.0, FULL_WAIT_SECONDS_MAX, 2.0])


def test_trouble_waits_longer_each_time_and_not_for_ever() -> None:
    pace, now = Pace(calls_per_second=10), 100.0
    waits = []
    for _ in range(40):
        pace = troubled(pace, now)
        waits.append(pace.wait_seconds(now))
        now += waits[-1]

    assert waits[:8] == pytest.approx([TROUBLE_WAIT_SECONDS * 2**n for n in range(6)] + [TROUBLE_WAIT_SECONDS_MAX] * 2)
    assert waits[8:] == pytest.approx([TROUBLE_WAIT_SECONDS_MAX] * 32)


def test_requests_that_fail_together_count_as_one_trouble() -> None:
    once = troubled(Pace(calls_per_second=10), 100.0)

    assert troubled(troubled(once, 100.0), 100.3) == once


def test_an_answer_that_is_understood_begins_the_count_of_troubles_anew() -> None:
    pace = troubled(troubled(Pace(calls_per_second=10), 100.0), 101.0)

    assert troubled(understood(pace), 110.0).wait_seconds(110.0) == pytest.approx(TROUBLE_WAIT_SECONDS)
    assert understood(Pace(calls_per_second=10)) == Pace(calls_per_second=10)


def test_another_limit_holds_from_the_next_request_on() -> None:
    pace = sent(Pace(calls_per_second=10), 100.0)

    assert with_limit(pace, 2).wait_seconds(100.0) == pytest.approx(0.525 / 2)
    assert sent(with_limit(pace, 2), 100.3).wait_seconds(100.3) == pytest.approx(100.0 + 1.05 - 100.3)
