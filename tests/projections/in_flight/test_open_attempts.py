"""Which attempts are open, and the slots that they hold."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.matching import MATCH_WINDOW
from domain.recipient import AttemptUnresolved
from projections.in_flight import SLOT_HELD_MAX
from tests.domain.given import report
from tests.projections.history import AUTUMN, ONE, SPRING, TWO, call_id_of, world
from tests.projections.in_flight.loading import loaded, pushed, read_beside
from tests.projections.kept_views import new_store
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT, SECOND, stream_of


def test_a_person_with_an_ended_call_and_an_open_one_has_one_slot_after_a_restart(tmp_path: Path) -> None:
    made = world(ONE)
    made.create(AUTUMN)
    made.change(AUTUMN, "start")
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    made.start(ONE, AUTUMN)
    made.accept(ONE)
    with new_store(tmp_path / "views.db") as empty:
        view = loaded(empty, made, made.ledger.position)
    assert (
        set(view.attempts.open),
        view.attempts.slots_held(SPRING, made.now),
        view.attempts.slots_held(AUTUMN, made.now),
    ) == ({"a2"}, 0, 1)


def test_the_end_of_a_call_that_is_anothers_leaves_the_attempt_that_lost_it_open() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    first, second = (made.person(number).attempts[0] for number in (ONE, TWO))
    made.match(ONE, first, "c", "person")
    made.match(TWO, second, "c", "metadata")
    made.tell("c", report("call.completed", 9))
    view = pushed(made)
    assert (set(view.attempts.open), [a.attempt_id for a in view.attempts.unresolved()]) == ({"a1"}, ["a1"])


def test_a_slot_is_given_up_when_its_call_has_been_open_for_too_long_to_believe() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    view = pushed(made)
    just_before, then = (made.now + SLOT_HELD_MAX - by for by in (SECOND, timedelta(0)))
    assert [view.attempts.slots_held(SPRING, at) for at in (just_before, then)] == [1, 0]
    assert [view.attempts.slots_overdue(SPRING, at) for at in (just_before, then)] == [0, 1]


def test_an_unresolved_attempt_keeps_its_campaign_open_for_as_long_as_it_may_still_be_matched() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    view = pushed(made)
    ends = (made.now + MATCH_WINDOW - SECOND, made.now + MATCH_WINDOW)
    assert [view.attempts.is_anything_open(SPRING, at) for at in ends] == [True, False]
    assert [view.attempts.will_be_free({stream_of(ONE)}, at) for at in ends] == [True, False]
    assert not view.attempts.will_be_free({stream_of(TWO)}, made.now)


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT])
def test_an_attempt_that_opens_again_does_not_come_back_with_its_wrong_time(
    tmp_path: Path, fingerprint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(ONE)
    ahead = timedelta(days=365)
    made.now += ahead
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.observe(call_id_of("a1"), "a1", gave_up=True)  # let go
    made.set_right(ahead, fingerprint)
    set_right_at = made.now
    made.pass_time(100)
    made.match(ONE, made.person(ONE).attempts[0], "c", "metadata")
    made.record(stream_of(ONE), AttemptUnresolved(attempt_id="a1", campaign_id=SPRING, why="it is another's"))
    with new_store(tmp_path / "views.db") as empty:
        views = [pushed(made), read_beside(made, 1, monkeypatch), loaded(empty, made, made.ledger.position)]
    for view in views:
        assert [one.attempt.started_at for one in view.attempts.open.values()] == [set_right_at]
