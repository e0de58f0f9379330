"""A hidden limit is lowered by evidence, raised by use, tried ever more rarely, and recorded when it has changed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pacing.estimate import (
    CHANGE_WORTH_RECORDING,
    RAISE_AFTER_SECONDS,
    RAISE_AFTER_SECONDS_MAX,
    RAISE_SHARE_MAX,
    SLOW_DOWN_FACTOR,
    LimitEstimate,
    is_worth_recording,
    known,
    lowered,
    used,
)

UNKNOWN = known(least=1.0, most=None, learned=None)


def found(value: float) -> LimitEstimate:
    """A limit that was found a while ago."""
    return lowered(UNKNOWN, value, sent_at=0.0, now=1.0, chance=0.5)


def raised_once(estimate: LimitEstimate, now: float) -> tuple[LimitEstimate, float]:
    """The estimate after so much use that it was raised, and when that was."""
    before = estimate.limit
    while estimate.limit == before:
        estimate = used(estimate, now, 1.0)
        now += 0.5
    return estimate, now


@pytest.mark.parametrize(
    ("most", "learned", "limit"),
    [(None, None, None), (30.0, None, 30.0), (None, 12.0, 12.0), (30.0, 12.0, 12.0), (30.0, 50.0, 30.0)],
)
def test_it_begins_with_the_lower_of_what_is_set_and_what_was_learned(
    most: float | None, learned: float | None, limit: float | None
) -> None:
    assert known(least=1.0, most=most, learned=learned).limit == limit


def test_the_first_refusal_says_what_the_limit_is() -> None:
    estimate = found(97)

    assert (estimate.limit, estimate.proven, estimate.settled) == (97, 97, 97)


@pytest.mark.parametrize(
    ("before", "took", "after"),
    [
        (100.0, 90.0, 90.0),
        (100.0, 5.0, 100.0 * SLOW_DOWN_FACTOR),
        (100.0, 100.0, 98.0),
        (100.0, 300.0, 98.0),
        (1.0, 0.0, 1.0),
    ],
)
def test_a_refusal_lowers_it_to_what_was_taken_at_least_a_little_and_at_most_by_half(
    before: float, took: float, after: float
) -> None:
    assert lowered(found(before), took, sent_at=2.0, now=2.1, chance=0.5).limit == pytest.approx(after)


def test_refusals_of_requests_that_had_left_before_count_as_one() -> None:
    once = lowered(found(100), 80, sent_at=2.0, now=2.5, chance=0.5)

    assert lowered(once, 60, sent_at=2.4, now=2.9, chance=0.5) == once
    assert lowered(once, 60, sent_at=2.6, now=2.9, chance=0.5).limit == 60


def test_full_use_raises_it_by_a_little_and_then_by_more_and_sooner() -> None:
    estimate, now, limits, times = found(100), 10.0, list[float | None](), [10.0]
    for _ in range(6):
        estimate, now = raised_once(estimate, now)
        limits.append(estimate.limit)
        times.append(now)

    assert limits == pytest.approx([102, 106.08, 114.5664, 132.897, 175.424, 287.695], rel=1e-4)
    assert [b - a for a, b in pairwise(times)] == [3.5, 1.5, 1.5, 1.5, 1.5, 1.5]
    assert estimate.proven == pytest.approx(175.424, rel=1e-4)


def test_one_that_was_found_far_too_low_doubles_until_it_is_refused() -> None:
    estimate, now, limits = found(1), 10.0, list[float | None]()
    for _ in range(8):
        estimate, now = raised_once(estimate, now)
        limits.append(estimate.limit)

    assert limits == [2, 4, 8, 16, 32, 64, 128, 256]


def test_little_use_proves_nothing() -> None:
    estimate = found(100)
    for second in range(200):
        estimate = used(estimate, float(second), full_use_per_second=2.0)

    assert estimate.limit == 100


def test_a_limit_that_was_set_is_never_exceeded() -> None:
    estimate = lowered(known(least=1.0, most=101.0, learned=None), 99.0, sent_at=0.0, now=1.0, chance=0.5)
    for half_second in range(10_000):
        estimate = used(estimate, half_second / 2, 1.0)

    assert estimate.limit == 101.0


def test_a_limit_below_the_least_that_was_set_is_kept() -> None:
    estimate = known(least=1.0, most=0.25, learned=None)

    assert lowered(estimate, 0.0, sent_at=0.0, now=1.0, chance=0.5).limit == 0.25


def test_a_limit_that_is_found_again_is_tried_ever_more_rarely_and_one_that_is_elsewhere_is_not() -> None:
    estimate, now, waits = found(100), 10.0, []
    for _ in range(12):
        estimate, now = raised_once(estimate, now)
        waits.append(estimate.raise_after)
        estimate = lowered(estimate, 100, sent_at=now, now=now + 0.1, chance=0.5)
        now += 1.0

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (RAISE_AFTER_SECONDS, RAISE_AFTER_SECONDS_MAX)
    assert lowered(estimate, 60, sent_at=now, now=now + 0.1, chance=0.5).raise_after == RAISE_AFTER_SECONDS


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_when_it_is_tried_again_varies_by_chance(chance: float, share: float) -> None:
    estimate = lowered(UNKNOWN, 100, sent_at=0.0, now=1.0, chance=chance)

    assert estimate.raise_after == pytest.approx(RAISE_AFTER_SECONDS * share)


@given(
    st.none() | st.floats(0.1, 500),
    st.lists(st.tuples(st.booleans(), st.floats(0, 400), st.floats(0.01, 5), st.floats(0, 1)), max_size=60),
)
def test_whatever_happens_it_stays_between_the_least_and_the_most(
    most: float | None, happenings: list[tuple[bool, float, float, float]]
) -> None:
    estimate, now = known(least=1.0, most=most, learned=None), 0.0
    for is_refusal, took, wait, chance in happenings:
        now += wait
        before = estimate.limit
        if is_refusal:
            estimate = lowered(estimate, took, sent_at=now, now=now, chance=chance)
            if before is not None and before > estimate.least:
                assert estimate.limit is not None
                assert max(estimate.least, before * SLOW_DOWN_FACTOR) <= estimate.limit < before
        else:
            estimate = used(estimate, now, 0.0)
            if before is not None:
                assert estimate.limit is not None
                assert before <= estimate.limit <= before * (1 + RAISE_SHARE_MAX)
        assert estimate.limit is None or min(1.0, most or 1.0) <= estimate.limit <= (most or float("inf"))


@pytest.mark.parametrize(
    ("recorded", "proven", "is_worth"),
    [(None, 100, True), (100, 104, False), (100, 96, False), (100, 106, True), (100, 94, True)],
)
def test_only_a_change_of_more_than_a_twentieth_is_worth_recording(
    recorded: float | None, proven: float, is_worth: bool
) -> None:
    assert CHANGE_WORTH_RECORDING == 0.05
    assert is_worth_recording(found(proven), recorded) is is_worth


def test_what_was_only_set_or_is_unknown_is_not_recorded() -> None:
    assert not is_worth_recording(UNKNOWN, None)
    assert not is_worth_recording(known(least=1.0, most=30.0, learned=None), None)
