"""A day's look at what the provider says afterwards: parts joined to one look, and what its totals say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.divergence import (
    DAYS_KEPT_MAX,
    DIFFERENCES_KEPT_MAX,
    CallDiffers,
    DivergenceObserved,
    Divergences,
    TotalsBeside,
    TotalsWord,
    joined,
)

DAY = datetime(2026, 5, 29, tzinfo=UTC)
MORNING = DAY + timedelta(days=1, hours=6)


def part(number: int, **more: Any) -> DivergenceObserved:
    given: dict[str, Any] = {"window_from": DAY, "window_to": DAY + timedelta(days=1), "part": number, "ended": 10}
    return DivergenceObserved(**given | more)


def differing(count: int, kind: Any = "missing") -> dict[str, Any]:
    differences = tuple(CallDiffers(call_id=f"call_{at}", kind=kind) for at in range(count))
    return {"counts": {kind: count} if count else {}, "differences": differences}


def after(*parts: DivergenceObserved) -> Divergences:
    known = Divergences()
    for at, one in enumerate(parts):
        known = joined(known, one, MORNING + timedelta(minutes=at))
    return known


def test_the_parts_of_a_look_are_one_look() -> None:
    totals = TotalsBeside(calls=9, is_settled=True, ours_ended=10, ours_answered=9)
    known = after(
        part(1, through=40, asked=5, requests=6, **differing(1)),
        part(2, through=90, asked=4, requests=4, unanswered=1, unclear=1, **differing(2, "outcome")),
        part(3, through=90, requests=1, is_last=True, totals=totals, left_out=1, left_out_why="budget"),
    )

    look = known.looks[DAY]
    assert (look.asked, look.through, look.unanswered, look.unclear, look.parts) == (9, 90, 1, 1, 3)
    assert (look.counts, len(look.differences), look.found) == ({"missing": 1, "outcome": 2}, 3, 3)
    assert (look.is_finished, look.totals, look.left_out, look.left_out_why) == (True, totals, 1, "budget")
    assert (look.begun_at, look.looked_at) == (MORNING, MORNING + timedelta(minutes=2))
    assert known.newest == look


def test_another_look_at_the_same_day_takes_the_place_of_the_one_before() -> None:
    known = after(part(1, asked=9, is_last=True, **differing(3)), part(1, asked=2, on_request=True))

    assert (known.looks[DAY].asked, known.looks[DAY].found, known.newest) == (2, 0, None)


def test_requests_are_counted_by_the_day_on_which_they_were_recorded() -> None:
    known = after(part(1, requests=6), part(2, requests=4))
    assert (known.requests_on(MORNING.date()), known.requests_on(DAY.date())) == (10, 0)

    known = joined(known, part(3, requests=1), MORNING + timedelta(days=1))
    assert known.requests_on((MORNING + timedelta(days=1)).date()) == 1


def test_what_is_kept_is_bounded_and_the_counts_stay_exact() -> None:
    many = [part(at + 1, **differing(60)) for at in range(4)]
    look = after(*many).looks[DAY]
    assert (look.counts, len(look.differences)) == ({"missing": 240}, DIFFERENCES_KEPT_MAX)

    days = [part(1, window_from=DAY + timedelta(days=at)) for at in range(DAYS_KEPT_MAX + 5)]
    assert next(iter(after(*days).looks)) == DAY + timedelta(days=5)


@pytest.mark.parametrize(
    ("said", "calls", "seconds"),
    [
        ({"calls": 7, "billsec_seconds": 60}, "fit", "fit"),
        ({"calls": 12, "billsec_seconds": 900}, "fit", "fit"),
        ({"calls": 6, "billsec_seconds": 53}, "fewer", "fit"),
        ({"calls": 13, "billsec_seconds": 52}, "more", "fewer"),
        ({"calls": 5, "billsec_seconds": 0, "is_settled": False}, "unknown", "unknown"),
        ({"calls": 5, "billsec_seconds": 0, "at_edge": 2}, "fit", "unknown"),
        ({"why": "HTTP 500"}, "unknown", "unknown"),
    ],
)
def test_totals_say_what_they_can_say(said: dict[str, Any], calls: TotalsWord, seconds: TotalsWord) -> None:
    ours = {"ours_ended": 10, "ours_answered": 7, "talk_seconds": 60, "others_ended": 2, "is_settled": True}
    totals = TotalsBeside(**ours | said)

    assert (totals.calls_word, totals.seconds_word) == (calls, seconds)
    assert totals.fits == ({calls, seconds} <= {"fit", "unknown"})


def test_totals_that_do_not_fit_are_one_more_difference() -> None:
    short = TotalsBeside(calls=1, is_settled=True, ours_answered=2)
    assert after(part(1, is_last=True, totals=short, **differing(2))).looks[DAY].found == 3


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_however_a_look_is_parted_it_comes_to_the_same(sizes: list[int]) -> None:
    parted = after(*(part(at + 1, asked=size, **differing(size)) for at, size in enumerate(sizes))).looks[DAY]

    assert (parted.asked, sum(parted.counts.values())) == (sum(sizes), sum(sizes))
    assert len(parted.differences) == min(sum(sizes), DIFFERENCES_KEPT_MAX)
