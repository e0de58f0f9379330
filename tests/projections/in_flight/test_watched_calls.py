"""Which calls are watched, and when they are let go."""

from projections.in_flight import UNCLAIMED_KEPT
from tests.domain.given import report
from tests.projections.history import ONE, SPRING, TWO, call_id_of, world
from tests.projections.in_flight.loading import pushed


def test_a_late_report_for_a_call_that_was_let_go_opens_nothing() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.failed", 4)
    made.observe(call_id_of("a1"), "a1", gave_up=True)
    view = pushed(made)
    assert (view.attempts.open, view.calls.watched, view.calls.open, set(view.calls.echoing)) == ({}, {}, {}, set())
    assert (view.calls.ended, view.attempts.slots_held(SPRING, made.now)) == (1, 0)


def test_a_call_by_weaker_evidence_that_was_let_go_may_still_be_shown_to_be_anothers() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    made.tell("c", report("call.completed", 9))
    assert pushed(made).calls.watched == {}
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    made.match(TWO, made.person(TWO).attempts[0], "c", "metadata")
    view = pushed(made)
    assert (set(view.attempts.open), view.calls.watched) == ({"a1"}, {})


def test_a_call_whose_end_cannot_be_found_out_is_let_go_and_holds_no_slot() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.observe(call_id_of("a1"), None, gave_up=True)
    view = pushed(made)
    assert (view.attempts.open, view.calls.watched, view.calls.open) == ({}, {}, {})


def test_calls_of_others_are_let_go_after_a_day() -> None:
    made = world()
    for i in range(10):
        made.tell(f"c{i}", report("call.completed", i))
    made.pass_time(UNCLAIMED_KEPT.total_seconds())
    for i in range(10, 20):
        made.tell(f"c{i}", report("call.completed", i))
    view = pushed(made)
    assert set(view.calls.watched) == set(view.calls._unclaimed) == {f"c{i}" for i in range(10, 20)}
