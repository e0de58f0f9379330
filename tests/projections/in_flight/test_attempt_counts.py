"""How many requests left, and when."""

from tests.projections.history import ONE, SPRING, THREE, TWO, World, world
from tests.projections.in_flight.loading import pushed
from tests.projections.kept_world import SECOND
from tests.projections.recording import T0


def test_a_request_is_counted_once_though_its_call_is_lost_to_another_attempt() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    left = [made.now]
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    left.append(made.now)
    first, second = (made.person(number).attempts[0] for number in (ONE, TWO))
    made.match(ONE, first, "c", "person")
    made.match(TWO, second, "c", "metadata")
    assert pushed(made).counts.sends_since(SPRING, T0) == left


def test_each_request_that_left_is_counted_when_its_outcome_was_recorded() -> None:
    made = world(ONE, TWO, THREE)
    left = []
    for number, settle in ((ONE, World.accept), (TWO, World.leave_unresolved), (THREE, World.abandon)):
        made.start(number, SPRING)
        left.append(made.now + SECOND)
        settle(made, number)
    view = pushed(made)
    assert view.counts.sends_since(SPRING, left[0]) == left[:2]
    assert view.counts.sends_since(SPRING, left[0] + SECOND) == left[1:2]
