"""A pace keeps its limit in every one second, wherever it begins, and at the provider's side as well."""

from bisect import bisect_left

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pacing.pace import (
    ARRIVAL_JITTER_SECONDS,
    CATCH_UP_SECONDS,
    Pace,
    filled,
    primed,
    released,
    sent,
    with_limit,
    written,
)
from tests.examples import examples

# Two floats that should be one second apart may miss it by their rounding.
ROUNDING_SECONDS = 1e-6

# Mostly none, so that requests really leave as early as they may.
DELAYS = st.one_of(st.just(0.0), st.just(0.0), st.floats(0, 0.3), st.floats(0, 5))
JITTERS = st.one_of(st.just(0.0), st.just(ARRIVAL_JITTER_SECONDS), st.floats(0, ARRIVAL_JITTER_SECONDS))
STARTS = st.floats(0, 1e6)
LIMITS = st.one_of(st.integers(1, 40), st.floats(0.05, 40))
STEPS = st.sampled_from(["released", "released", "written", "restart"])


def most_within(seconds: float, times: list[float]) -> int:
    """The most of these in any half-open window of so many seconds."""
    ordered = sorted(times)
    ends = (bisect_left(ordered, begin + seconds - ROUNDING_SECONDS) for begin in ordered)
    return max((end - first for first, end in enumerate(ends)), default=0)


def most_in_one_second(times: list[float]) -> int:
    """The most of these in any half-open window of one second."""
    return most_within(1.0, times)


def keeps(limit: float, times: list[float]) -> bool:
    """Whether there are never more than the limit: in a second, or, of less than one a second, in as long as one takes."""
    return most_in_one_second(times) <= limit if limit >= 1 else most_within(1 / limit, times) <= 1


def arrivals_of(limit: float, start: float, steps: list[tuple[str, float, float, float]]) -> list[float]:
    """When requests arrive through a process that may stand still at any point, and be killed and started again.

    Each step waits for a delay. What is released is released as early as the pace allows after it, and arrives at some point
    between that and a jitter after it was written.
    """
    pace, now = Pace(calls_per_second=limit), start
    going, left, arrived = list[float](), list[float](), list[float]()

    def leaves(released_at: float, share: float, jitter: float) -> None:
        left.append(now)
        arrived.append(released_at + (now - released_at) * share + jitter * (share == 1.0))

    for step, delay, share, jitter in steps:
        now += delay
        match step:
            case "released":
                now += pace.wait_seconds(now)
                if pace.wait_seconds(now) <= 0:
                    pace = released(pace, now)
                    going.append(now)
            case "written" if going:
                pace = written(pace, now)
                leaves(going.pop(0), share, jitter)
            case "restart":  # It knows of the last requests from the ledger, and of nothing else.
                while going:
                    leaves(going.pop(0), share, 0.0)
                pace = primed(limit, left)
            case _:
                pass
    return arrived


def send_times(limit: float, start: float, delays: list[float | None]) -> list[float]:
    """When requests left, each as early as the pace allowed plus its delay; None is a restart."""
    pace, now, times = Pace(calls_per_second=limit), start, list[float]()
    for delay in delays:
        if delay is None:  # A restart knows of the last requests from the ledger, and of nothing else.
            pace = primed(limit, times)
        else:
            now += pace.wait_seconds(now) + delay
            pace = sent(pace, now)
            times.append(now)
    return times


@settings(max_examples=examples(300))
@given(LIMITS, STARTS, st.lists(st.tuples(DELAYS | st.none(), JITTERS), min_size=1, max_size=120))
def test_the_limit_holds_in_any_second_where_requests_leave_and_where_they_arrive_through_restarts(
    limit: float, start: float, requests: list[tuple[float | None, float]]
) -> None:
    times = send_times(limit, start, [delay for delay, _ in requests])
    arrivals = [time + jitter for time, (_, jitter) in zip(times, requests, strict=False)]

    assert keeps(limit, times)
    assert keeps(limit, arrivals)


@settings(max_examples=examples(500))
@given(
    LIMITS,
    STARTS,
    st.lists(st.tuples(STEPS, DELAYS, st.just(1.0) | st.floats(0, 1), JITTERS), min_size=1, max_size=120),
)
def test_the_limit_holds_wherever_the_process_stands_still(
    limit: float, start: float, steps: list[tuple[str, float, float, float]]
) -> None:
    assert keeps(limit, arrivals_of(limit, start, steps))


@pytest.mark.parametrize("limit", [1, 3, 300])
def test_what_is_still_being_written_counts_as_leaving_now(limit: int) -> None:
    pace = Pace(calls_per_second=limit)
    for n in range(limit):
        pace = released(pace, 100.0 + n / limit)
    waits = [pace.wait_seconds(at) for at in (101.1, 110.0)]
    for _ in range(limit):
        pace = written(pace, 110.0)

    assert waits == [1.05, 1.05]
    assert [pace.wait_seconds(at) for at in (110.5, 111.05)] == pytest.approx([0.55, 0.0])


@settings(max_examples=examples(300))
@given(STARTS, st.lists(st.tuples(st.integers(1, 40), DELAYS), min_size=1, max_size=120))
def test_the_highest_limit_of_a_second_holds_in_it_while_the_limit_changes(
    start: float, requests: list[tuple[int, float]]
) -> None:
    pace, now, times = Pace(calls_per_second=1), start, list[float]()
    for limit, delay in requests:
        pace = with_limit(pace, limit)
        now += pace.wait_seconds(now) + delay
        pace = sent(pace, now)
        times.append(now)

    for begin in times:
        inside = [
            limit
            for time, (limit, _) in zip(times, requests, strict=True)
            if begin <= time < begin + 1 - ROUNDING_SECONDS
        ]
        assert len(inside) <= max(inside)


@pytest.mark.parametrize("limit", [1, 10, 300])
def test_the_worst_jitter_at_full_pace_just_fits_the_limit(limit: int) -> None:
    times = send_times(limit, 0.0, [0.0] * (2 * limit))
    # Those of the first moments arrive together, all others without delay: they bunch as closely as they can.
    arrivals = [max(time, ARRIVAL_JITTER_SECONDS) for time in times]

    assert most_in_one_second(arrivals) == limit


def test_the_pace_is_the_limit_less_the_jitter() -> None:
    times = send_times(20, 0.0, [0.0] * 201)

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


def test_many_requests_before_a_restart_put_the_next_one_off_for_no_longer_than_a_window() -> None:
    assert primed(2, [100.0] * 50).wait_seconds(100.0) == pytest.approx(1.05)


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


def test_another_limit_holds_from_the_next_request_on() -> None:
    pace = sent(Pace(calls_per_second=10), 100.0)

    assert with_limit(pace, 2).wait_seconds(100.0) == pytest.approx(0.525 / 2)
    assert sent(with_limit(pace, 2), 100.3).wait_seconds(100.3) == pytest.approx(100.0 + 1.05 - 100.3)


@pytest.mark.parametrize("limit", [0.05, 0.5, 1, 2.5, 40])
@pytest.mark.parametrize("ours_before", [[], [99.0], [99.9, 99.95]])
def test_what_others_may_have_sent_until_an_instant_is_counted_in_full(limit: float, ours_before: list[float]) -> None:
    pace = primed(limit, ours_before)
    theirs, ours, now = [100.0] * pace.window_max, list[float](), 100.0

    pace = filled(pace, now)
    for _ in range(2 * pace.window_max):
        now += pace.wait_seconds(now)
        pace = sent(pace, now)
        ours.append(now)

    assert ours[0] == pytest.approx(100.0 + pace.window_seconds)
    assert keeps(limit, theirs + ours)


def test_a_request_of_ours_that_is_being_written_meanwhile_counts_as_well() -> None:
    pace = filled(released(Pace(calls_per_second=2), 99.9), 100.0)

    assert pace.wait_seconds(100.0) == pytest.approx(1.05)
    pace = written(pace, 101.0)
    assert pace.wait_seconds(101.05) == pytest.approx(0.0)
    assert sent(pace, 101.05).wait_seconds(101.05) == pytest.approx(101.0 + 1.05 - 101.05)
