"""Which calls are watched, and when they are let go."""

import tracemalloc
from typing import cast

from msgspec.structs import replace

from domain import call
from domain.call import CallSnapshot
from projections.in_flight import InFlight
from tests.domain.given import report
from tests.projections.history import ONE, SPRING, TWO, call_id_of, world
from tests.projections.in_flight.loading import pushed
from tests.projections.kept_world import FINGERPRINT


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


def test_a_report_that_was_joined_by_whoever_recorded_it_is_not_joined_again() -> None:
    made = world(ONE)
    made.tell("c", report("call.answered", 3))
    made.tell("c", report("call.created", 1))
    view, state = InFlight(made.ledger.read_streams, None), call.INITIAL
    for one in made.ledger.feed[-2:]:
        state = call.evolve(state, cast("call.CallEvent", one.event), one.counts_from)
        view.apply(replace(one).with_folded(state))
    assert view.calls.state_at_hand("c") is state.state
    assert view.calls.watched == pushed(made).calls.watched


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


def test_of_nobodys_calls_only_that_one_between_numbers_is_open_is_kept() -> None:
    made = world()
    said = CallSnapshot(from_number="+15551", to_number="+15552")
    made.tell("over", report("call.completed", 1, snapshot=said))
    made.tell("without numbers", report("call.created", 2, snapshot=CallSnapshot()))
    made.tell("open", report("call.created", 3, snapshot=said))
    view = pushed(made)
    assert (view.calls.kept(), view.calls.watched, view.calls.open) == (["open"], {}, {"open": made.now})
    made.tell("open", report("call.completed", 4))
    assert pushed(made).calls.kept() == []


def test_an_open_call_of_nobodys_takes_two_hundred_bytes() -> None:
    made, calls = world(), 20_000
    said = CallSnapshot(from_number="+15551", to_number="+15552")
    for n in range(calls):
        made.tell(f"call_{n}", report("call.created", 1, snapshot=said))
    view = InFlight(made.ledger.read_streams, FINGERPRINT)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for one in made.ledger.feed:
        view.apply(one)
    view.calls._let_go.clear()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(view.calls.open) == calls
    assert taken / calls <= 200
