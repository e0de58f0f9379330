"""How far a subscription has come, and what is written of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbox_rows import Letter, SubscriberPlace, Try
from application.subscriptions.progress import LineProgress

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
BEGINS = SubscriberPlace(subscription_id="crm", secret="whsec_x", position=10, event_id="e10")


def letter(position: int) -> Letter:
    return Letter(position=position, nth=0, lane="a")


def attempt(position: int) -> Try:
    return Try(position=position, nth=0, at=NOON, seconds=0.1, status=204, why=None, request="{}", answer=b"")


def planned(*positions: int) -> LineProgress:
    """Deliveries about these events, one each, which are only in memory."""
    progress, before = LineProgress(BEGINS), (10, "e10")
    for position in positions:
        progress.plan((position, 0), before)
        before = (position, f"e{position}")
        progress.planned_to(*before)
    return progress


@pytest.fixture
def progress() -> LineProgress:
    return planned(11, 12, 13)


def stands(progress: LineProgress) -> tuple[int, str]:
    return progress.place.position, progress.place.event_id


def test_what_is_only_in_memory_holds_the_position_back(progress: LineProgress) -> None:
    assert (stands(progress), progress.planned, progress.in_memory) == ((10, "e10"), 13, 3)
    progress.settle(letter(12))
    assert stands(progress) == (10, "e10")
    progress.settle(letter(11))
    assert stands(progress) == (12, "e12")
    progress.settle(letter(13))
    assert (stands(progress), progress.in_memory) == ((13, "e13"), 0)


def test_what_failed_is_kept_and_holds_nothing_back(progress: LineProgress) -> None:
    for position in (11, 12):
        progress.keep(letter(position))
    assert stands(progress) == (12, "e12")
    _, letters, settled, _ = progress.taken()
    assert ([one.position for one in letters], settled) == ([11, 12], [])
    assert not progress.is_dirty

    progress.settle(letter(11))
    _, letters, settled, _ = progress.taken()
    assert (letters, [one.position for one in settled]) == ([], [11])


def test_what_is_settled_before_it_was_written_needs_no_writing_but_its_end(progress: LineProgress) -> None:
    progress.keep(letter(11))
    progress.settle(letter(11))
    _, letters, settled, _ = progress.taken()
    assert (letters, [one.position for one in settled]) == ([], [11])
    progress.settle(letter(12))  # was never kept
    assert progress.taken()[2] == []


def test_it_fails_since_the_first_failure_until_something_is_taken(progress: LineProgress) -> None:
    progress.tried(attempt(11), NOON, "answered 500")
    progress.tried(attempt(11), NOON + timedelta(minutes=1), "answered 502")
    assert (progress.place.failing_since, progress.place.failing_last) == (NOON, "answered 502")
    assert progress.unwritten == 2
    progress.tried(attempt(12), None, None)
    assert (progress.place.failing_since, progress.place.failing_last) == (None, None)


def test_what_could_not_be_written_is_written_with_the_next(progress: LineProgress) -> None:
    waits = letter(11)
    progress.keep(waits)
    progress.keep(letter(12))
    progress.tried(attempt(11), NOON, "answered 500")
    _, letters, settled, tries = progress.taken()
    waits.tries = 7  # it was tried once more meanwhile
    progress.keep(waits)
    progress.settle(letter(12))
    progress.give_back(letters, settled, tries)
    assert progress.is_dirty
    _, letters, settled, tries = progress.taken()
    assert [(one.position, one.tries) for one in letters] == [(11, 7)]
    assert ([one.position for one in settled], len(tries)) == ([12], 1)


@given(st.permutations(range(11, 19)), st.sets(st.integers(11, 18)), st.integers(0, 8))
def test_nothing_that_was_not_delivered_or_kept_is_ever_passed_over(
    order: list[int], failing: set[int], answered: int
) -> None:
    progress = planned(*range(11, 19))
    for position in order[:answered]:
        (progress.keep if position in failing else progress.settle)(letter(position))
        progress.taken()
    open_still = set(order[answered:])
    assert progress.place.position == min(open_still, default=19) - 1
    assert progress.in_memory == len(open_still)
