"""When nothing is sent for a while, and what opens the way again."""

import pytest
from msgspec.structs import replace

from domain.pacing.hold import (
    CALM_AFTER_REFUSAL_SECONDS,
    CALM_SECONDS_MAX,
    FULL_WAIT_SECONDS_MAX,
    RETRY_AFTER_SECONDS_MAX,
    TROUBLE_WAIT_SECONDS,
    TROUBLE_WAIT_SECONDS_MAX,
    PaceHold,
    accepted,
    call_ended,
    calmed,
    filled,
    told_to_wait,
    troubled,
    understood,
)


def test_the_calm_after_a_refusal_doubles_until_a_request_is_taken_and_is_bounded() -> None:
    hold, now, waits = PaceHold(), 100.0, []
    for _ in range(20):
        hold = calmed(hold, now, 0.5)
        waits.append(hold.seconds(now))
        now += waits[-1]

    assert waits[:7] == pytest.approx([CALM_AFTER_REFUSAL_SECONDS * 2**n for n in range(7)])
    assert waits[7:] == pytest.approx([CALM_SECONDS_MAX] * 13)
    assert calmed(accepted(hold), now, 0.5).seconds(now) == pytest.approx(CALM_AFTER_REFUSAL_SECONDS)


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)])
def test_the_calm_varies_by_chance(chance: float, share: float) -> None:
    assert calmed(PaceHold(), 100.0, chance).seconds(100.0) == pytest.approx(CALM_AFTER_REFUSAL_SECONDS * share)


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(None, 0.0), (0.0, 0.0), (-5.0, 0.0), (7.5, 7.5), (1e9, RETRY_AFTER_SECONDS_MAX)],
)
def test_what_the_provider_says_of_when_to_come_back_is_honoured_within_bounds(
    seconds: float | None, wait: float
) -> None:
    assert told_to_wait(PaceHold(), 100.0, seconds).seconds(100.0) == pytest.approx(wait)


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    hold = told_to_wait(PaceHold(), 100.0, 20.0)

    assert calmed(told_to_wait(hold, 100.0, 1.0), 100.0, 0.5).closed_until == 120.0


def test_the_end_of_a_call_makes_room_where_the_provider_was_full() -> None:
    full = filled(PaceHold(), 100.0)

    assert full.seconds(101.0) == pytest.approx(FULL_WAIT_SECONDS_MAX - 1)
    assert call_ended(full, 101.0).seconds(101.0) == 0.0


def test_the_end_of_a_call_ends_no_wait_but_that_for_room() -> None:
    in_trouble = troubled(troubled(troubled(PaceHold(), 98.0), 98.5), 100.0)
    full = filled(in_trouble, 100.0)

    waits = [hold.seconds(100.0) for hold in (in_trouble, full, call_ended(full, 100.0), call_ended(PaceHold(), 100.0))]

    assert waits == pytest.approx([2.0, FULL_WAIT_SECONDS_MAX, 2.0, 0.0])


def test_trouble_waits_longer_each_time_and_not_for_ever() -> None:
    hold, now, waits = PaceHold(), 100.0, []
    for _ in range(40):
        hold = troubled(hold, now)
        waits.append(hold.seconds(now))
        now += waits[-1]

    assert waits[:8] == pytest.approx([TROUBLE_WAIT_SECONDS * 2**n for n in range(6)] + [TROUBLE_WAIT_SECONDS_MAX] * 2)
    assert waits[8:] == pytest.approx([TROUBLE_WAIT_SECONDS_MAX] * 32)


def test_requests_that_fail_together_count_as_one_trouble() -> None:
    once = troubled(PaceHold(), 100.0)

    assert troubled(troubled(once, 100.0), 100.3) == once


def test_an_answer_that_is_understood_begins_the_count_of_troubles_anew_but_not_that_of_refusals() -> None:
    hold = calmed(troubled(troubled(PaceHold(), 100.0), 101.0), 101.0, 0.5)

    assert understood(hold) == replace(hold, troubles_in_a_row=0)
    assert accepted(hold) == replace(hold, troubles_in_a_row=0, refusals_in_a_row=0)
    assert (understood(PaceHold()), accepted(PaceHold())) == (PaceHold(), PaceHold())
