"""Calls that are over and that nobody has claimed: what is kept of them, and that no match hangs on what is not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.call import CallSnapshot
from domain.identity import call_stream
from domain.matching import MATCH_WINDOW, Match, UnclaimedCall, UnresolvedAttempt, candidates, inferred
from domain.recipient import AttemptAccepted
from projections.changes.folds import fold_call
from projections.in_flight import UNCLAIMED_KEPT, InFlight
from tests.domain.given import report
from tests.examples import examples
from tests.projections.chance import Random
from tests.projections.history import AUTUMN, NUMBERS, ONE, PLAN, SPRING, World, world
from tests.projections.in_flight.loading import pushed
from tests.projections.kept_world import FINGERPRINT
from tests.projections.recording import T0

CALLS = tuple(f"c{n}" for n in range(4))
LOOKS = 6
REPORTS = ("call.created", "call.answered", "call.completed", "call.completed", "call.failed")
KEPT = "projections.in_flight.watched_calls."


def end(made: World, call_id: str, number: str = ONE) -> None:
    """A call that nobody claims begins, and ends, now."""
    said = CallSnapshot(from_number=PLAN.caller_number, to_number=number)
    made.tell(call_id, report("call.completed", None, snapshot=said))


def history(rng: Random, acts: int) -> World:
    """Attempts whose answers were lost, and reports and claims of a few calls in any order."""
    made, numbers = world(*NUMBERS), NUMBERS[:2]
    made.create(AUTUMN)
    made.change(AUTUMN, "start")
    for _ in range(acts):
        number, call_id = rng.choice(numbers), rng.choice(CALLS)
        match rng.choice(("attempt", "tell", "tell", "tell", "tell", "claim", "give up", "pass")):
            case "attempt":
                made.enroll(number, AUTUMN)
                made.start(number, rng.choice((SPRING, AUTUMN)))
                rng.choice((made.leave_unresolved, made.leave_unresolved, made.accept))(number)
            case "tell":
                since = (made.now - T0).total_seconds()
                said = CallSnapshot(from_number=PLAN.caller_number, to_number=number)
                heard = report(
                    rng.choice(REPORTS),
                    rng.choice((None, since, since, since - 400, since + 30)),
                    snapshot=rng.choice((said, said, said, None)),
                )
                made.tell(call_id, heard)
            case "claim":
                unresolved = [one for one in made.person(number).attempts if one.phase == "unresolved"]
                if unresolved:
                    made.match(number, unresolved[0], call_id, rng.choice(("inferred", "person", "metadata")))
            case "give up":
                made.observe(call_id, None, gave_up=True)
            case _:
                made.pass_time(rng.choice((1, 60, 60, MATCH_WINDOW.total_seconds(), UNCLAIMED_KEPT.total_seconds())))
    return made


def all_unclaimed(made: World, position: int) -> list[UnclaimedCall]:
    """Every call that nobody claims, of the whole ledger up to a position."""
    found = []
    streams = {call_id: call_stream(call_id) for call_id in made.calls}
    events = made.ledger.read_streams(list(streams.values()), position)
    for call_id, stream in streams.items():
        fold = fold_call(events.get(stream, ()))
        state, parties = (None, None) if fold is None else (fold.state, fold.state.parties)
        if fold is not None and state is not None and parties is not None and fold.claim is None:
            found.append(
                UnclaimedCall(
                    call_id=call_id,
                    from_number=parties.from_number,
                    to_number=parties.to_number,
                    began_at=state.created_at or fold.first_heard_at,
                    phase=state.phase,
                    echoed_attempts=state.echoed_attempts,
                )
            )
    return found


def matches(view: InFlight, attempts: Sequence[UnresolvedAttempt], calls: Sequence[UnclaimedCall]) -> list[Match]:
    """What is inferred of attempts that are sure to have all their candidates."""
    sure = {one.attempt_id for one in attempts if not view.calls.has_forgotten(one)}
    return [one for one in inferred(attempts, calls) if one.attempt_id in sure]


@settings(max_examples=examples(100, least=20), deadline=None)
@given(
    rng=st.randoms(use_true_random=False),
    acts=st.integers(1, 40),
    let_go_max=st.integers(1, 3),
    resting_max=st.sampled_from([1, 2, 4, 1_000]),
)
def test_in_any_order_with_anything_forgotten_the_matches_are_those_of_all_calls(
    rng: Random, acts: int, let_go_max: int, resting_max: int
) -> None:
    made = history(rng, acts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KEPT + "LET_GO_KEPT_MAX", let_go_max)
        view = InFlight(made.ledger.read_streams, FINGERPRINT)
    looked_at = {made.ledger.position, *(rng.randint(1, made.ledger.position) for _ in range(LOOKS))}
    for one in made.ledger.feed:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(KEPT + "RESTING_KEPT_MAX", resting_max)
            view.apply(one)
        if one.position in looked_at:
            is_all_kept = resting_max > len(CALLS) and one.recorded_at - T0 < UNCLAIMED_KEPT
            compare(view, all_unclaimed(made, one.position), is_all_kept)


def compare(view: InFlight, every: Sequence[UnclaimedCall], is_all_kept: bool) -> None:
    """What is inferred from what is kept, and what is inferred from all."""
    kept, attempts = view.calls.unclaimed(), view.attempts.unresolved()
    assert by_id(kept).items() <= by_id(every).items()
    for attempt in attempts:
        if not view.calls.has_forgotten(attempt):
            assert by_id(candidates(attempt, kept)) == by_id(candidates(attempt, every))
    assert matches(view, attempts, kept) == matches(view, attempts, every)
    if is_all_kept:
        assert by_id(kept) == by_id(every)
        assert not any(view.calls.has_forgotten(one) for one in attempts)


def by_id(calls: Sequence[UnclaimedCall]) -> dict[str, UnclaimedCall]:
    return {one.call_id: one for one in calls}


def test_of_a_call_that_is_over_only_what_a_match_looks_at_is_kept_and_of_these_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(KEPT + "LET_GO_KEPT_MAX", 1)
    monkeypatch.setattr(KEPT + "RESTING_KEPT_MAX", 10)
    made = World()
    for n in range(50):
        end(made, f"c{n}")
    view = pushed(made)
    assert (view.calls.watched, view.calls.kept()) == ({}, [f"c{n}" for n in range(40, 50)])
    assert [one.call_id for one in view.calls.unclaimed()] == view.calls.kept()
    assert len(view.calls._unclaimed) == 10


def test_an_answer_that_comes_after_its_calls_end_holds_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KEPT + "LET_GO_KEPT_MAX", 1)
    made = world(ONE)
    made.start(ONE, SPRING)
    made.hear(ONE, "call.completed", 3)
    end(made, "another")
    made.accept(ONE)
    view = InFlight(made.ledger.read_streams, FINGERPRINT)
    for one in made.ledger.feed:
        view.apply(one)
        if isinstance(one.event, AttemptAccepted):
            assert (view.attempts.open, view.attempts.slots_held(SPRING, made.now)) == ({}, 0)


@pytest.mark.parametrize("kept_max", [1_000, 1])
def test_once_one_of_two_candidates_is_forgotten_the_other_is_not_taken_for_the_only_one(
    kept_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KEPT + "RESTING_KEPT_MAX", kept_max)
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    end(made, "c1")
    made.pass_time(30)
    end(made, "c2")
    (attempt,) = pushed(made).attempts.unresolved()
    assert pushed(made).calls.has_forgotten(attempt) == (kept_max == 1)
    if kept_max > 1:
        made.pass_time((UNCLAIMED_KEPT - timedelta(seconds=20)).total_seconds())
        end(made, "of nobody", NUMBERS[1])
    view = pushed(made)
    assert [one.call_id for one in candidates(attempt, view.calls.unclaimed())] == ["c2"]
    assert view.calls.has_forgotten(attempt)


def test_a_late_report_of_a_forgotten_call_brings_back_when_it_was_first_heard_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(KEPT + "LET_GO_KEPT_MAX", 1)
    monkeypatch.setattr(KEPT + "RESTING_KEPT_MAX", 1)
    made = World()
    end(made, "c1")
    heard_at = made.now
    end(made, "c2")
    made.pass_time(500)
    made.tell("c1", report("call.failed", None))
    assert [(one.call_id, one.began_at) for one in pushed(made).calls.unclaimed()] == [("c1", heard_at)]


def test_what_a_start_did_not_load_counts_as_forgotten() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    view = pushed(made)
    (attempt,) = view.attempts.unresolved()
    view.calls.forget_before(attempt.started_at - timedelta(hours=1))
    assert not view.calls.has_forgotten(attempt)
    view.calls.forget_before(attempt.started_at)
    assert view.calls.has_forgotten(attempt)
