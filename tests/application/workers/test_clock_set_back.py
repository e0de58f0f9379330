"""What is due by a clock that was ahead is due as soon once the clock is set right."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from application.workers.insights import Insights
from application.workers.reconciler import Reconciler
from application.workers.usage import Looked, UsageWatch
from projections.recorded_call import Awaited
from tests.adapters.ledger.stage import T0, Clock

AFTER = timedelta(minutes=5)
AHEAD = pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(hours=2), timedelta(days=365)], ids=str)


def reconciler(clock: Clock, heard_at: datetime) -> Reconciler:
    """One that knows of one call without an end."""
    in_flight = SimpleNamespace(
        calls=SimpleNamespace(open={"c1": heard_at}),
        attempts=SimpleNamespace(unresolved=list),
    )
    nothing = cast("Any", None)
    return Reconciler(
        nothing, cast("Any", in_flight), nothing, nothing, nothing, nothing, clock=clock, reconcile_after=AFTER
    )


@AHEAD
def test_a_call_that_was_heard_of_by_the_wrong_clock_is_asked_for_in_time(ahead: timedelta) -> None:
    clock = Clock(T0)
    looked = reconciler(clock, T0 + ahead)
    assert looked._due_calls() == []
    clock.now += AFTER
    assert looked._due_calls() == ["c1"]


@AHEAD
def test_what_was_due_before_the_clock_was_set_back_is_due_as_soon_after(ahead: timedelta) -> None:
    clock = Clock(T0 + ahead)
    looked = reconciler(clock, T0 + ahead)
    assert looked._due_calls() == []
    looked.looked_at = clock.now
    clock.now = T0
    assert looked._due_calls() == []
    looked.looked_at = clock.now
    clock.now += AFTER
    assert looked._due_calls() == ["c1"]


def insights(clock: Clock, begun_at: datetime) -> Insights:
    """What asks for the results of one call, which is all that ever moves."""
    moved: list[Any] = [None]
    due = SimpleNamespace(
        awaited={"c1": Awaited(begun_at, ("summary",))}, take_moved=lambda: moved.pop() if moved else {}
    )
    nothing = cast("Any", None)
    return Insights(nothing, cast("Any", due), nothing, nothing, clock=clock)


@AHEAD
def test_the_tries_for_an_ai_result_count_from_no_later_than_now(ahead: timedelta) -> None:
    clock = Clock(T0)
    asks = insights(clock, T0 + ahead)
    asks._follow()
    clock.now += asks.try_after[0]
    assert asks._due_calls() == ["c1"]


@AHEAD
def test_a_try_for_an_ai_result_is_due_as_soon_once_the_clock_was_set_back(ahead: timedelta) -> None:
    clock = Clock(T0 + ahead)
    asks = insights(clock, T0 + ahead)
    asks._follow()
    clock.now = T0
    asks._follow()
    assert asks._due_calls() == []
    clock.now += asks.try_after[0]
    asks._follow()
    assert asks._due_calls() == ["c1"]


@AHEAD
def test_a_figure_of_the_wrong_clock_is_asked_for_again(ahead: timedelta) -> None:
    clock = Clock(T0)
    nothing = cast("Any", None)
    usage = UsageWatch(nothing, nothing, nothing, nothing, "f", clock=clock)
    usage._looked["spring"] = Looked(due=T0 + ahead, told_at=T0 + ahead)
    assert usage._looked_by("spring", T0) == Looked(due=T0)
