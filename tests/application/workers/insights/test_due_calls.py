"""Only what moved is looked at; all that is due is found, in whatever order things come."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as some

from application.workers.insights import CALLS_PER_LOOK_MAX, Insights
from projections.recorded_call import Awaited
from tests.adapters.ledger.stage import T0, Clock

CALLS = some.sampled_from(["c1", "c2", "c3"])
SECONDS = some.integers(0, 4_000)
STEPS = some.one_of(
    some.tuples(some.just("open"), CALLS, SECONDS),
    some.tuples(some.just("close"), CALLS, some.just(0)),
    some.tuples(some.sampled_from(["later", "earlier", "look"]), some.just(""), SECONDS),
)


LOOK = ("look", "", 0)
BEGUN_NOW = ("open", "c1", 2_000)


@given(some.lists(STEPS, max_size=30))
@example([BEGUN_NOW, LOOK, ("later", "", 5), BEGUN_NOW, LOOK, ("later", "", 6), LOOK])
@example([BEGUN_NOW, LOOK, ("close", "c1", 0), LOOK])
@example([BEGUN_NOW, LOOK, ("earlier", "", 3_000), LOOK, ("later", "", 500), LOOK])
def test_what_is_due_is_what_a_look_at_each_inquiry_finds(steps: list[tuple[str, str, int]]) -> None:
    clock, moved = Clock(T0), dict[str, None]()
    due = SimpleNamespace(awaited=dict[str, Awaited](), take_moved=lambda: [moved.popitem()[0] for _ in list(moved)])
    asks = Insights(cast("Any", None), cast("Any", due), cast("Any", None), cast("Any", None), clock=clock)
    for step, call_id, seconds in steps:
        if step == "open":
            due.awaited[call_id] = Awaited(clock.now + timedelta(seconds=seconds - 2_000), ("summary",))
            moved[call_id] = None
        elif step == "close" and due.awaited.pop(call_id, None) is not None:
            moved[call_id] = None
        elif step in {"later", "earlier"}:
            clock.now += timedelta(seconds=seconds if step == "later" else -seconds)
        elif step == "look":
            asks._follow()
            look(asks, clock, set(due.awaited))


def look(asks: Insights, clock: Clock, awaited: set[str]) -> None:
    """Compare, and ask about those that are due, of whom none is answered."""
    assert set(asks._inquiries) == awaited
    assert all(one.since <= clock.now for one in asks._inquiries.values())
    open_ones = [(one.due, i) for i, one in asks._inquiries.items() if one.next_try < len(asks.try_after)]
    found = asks._due_calls()
    assert found == [call_id for at, call_id in sorted(open_ones) if at <= clock.now]
    for call_id in found:
        inquiry = asks._inquiries[call_id]
        inquiry.next_try += 1
        if inquiry.next_try < len(asks.try_after):
            inquiry.due = inquiry.since + asks.try_after[inquiry.next_try]
        asks._wait_for(call_id)
    assert len(asks._dues) <= 2 * len(asks._inquiries) + CALLS_PER_LOOK_MAX + len(found)
