"""What is inferred from the calls that the views find is what is inferred from all calls of the ledger."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.call import CallSnapshot
from domain.identity import call_stream
from domain.matching import MATCH_WINDOW, UnclaimedCall, UnresolvedAttempt, candidates, inferred
from projections.changes.folds import fold_call
from projections.possible_calls import of_nobodys, possible_calls
from projections.store import ViewStore
from projections.views import snapshot
from tests.domain.given import report
from tests.examples import examples
from tests.projections.chance import Random
from tests.projections.history import AUTUMN, NUMBERS, ONE, PLAN, SPRING, World, world
from tests.projections.in_flight.loading import loaded, pushed
from tests.projections.kept_views import emptied, new_store, writer_on
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT
from tests.projections.recording import T0

CALLS = tuple(f"c{n}" for n in range(4))
REPORTS = ("call.created", "call.answered", "call.completed", "call.completed", "call.failed")
DAY = timedelta(days=1)
PASSES = (timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=1), MATCH_WINDOW, DAY)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with new_store(tmp_path_factory.mktemp("views") / "views.db") as made:
        yield made


def history(rng: Random, acts: int) -> World:
    """Attempts whose answers were lost, and reports and claims of a few calls in any order, by a clock that may be set right."""
    made, numbers = world(*NUMBERS), NUMBERS[:2]
    made.create(AUTUMN)
    made.change(AUTUMN, "start")
    for _ in range(acts):
        number, call_id = rng.choice(numbers), rng.choice(CALLS)
        match rng.choice(("attempt", *("tell",) * 4, "claim", "give up", "pass", "set right")):
            case "attempt":
                made.enroll(number, AUTUMN)
                made.start(number, rng.choice((SPRING, AUTUMN)))
                rng.choice((made.leave_unresolved, made.leave_unresolved, made.accept))(number)
            case "tell":
                tell(made, rng, call_id, number)
            case "claim":
                unresolved = [one for one in made.person(number).attempts if one.phase == "unresolved"]
                if unresolved:
                    made.match(number, unresolved[0], call_id, rng.choice(("inferred", "person", "metadata")))
            case "give up":
                made.observe(call_id, None, gave_up=True)
            case "set right":
                made.set_right(rng.choice((MATCH_WINDOW, DAY)), rng.choice((FINGERPRINT, OTHER_FINGERPRINT)))
            case _:
                made.now += rng.choice(PASSES)
    return made


def tell(made: World, rng: Random, call_id: str, number: str) -> None:
    """A report of a call, with the numbers or without, at any time, and perhaps with an echo."""
    since = (made.now - T0).total_seconds()
    said = CallSnapshot(from_number=PLAN.caller_number, to_number=number)
    echo = CallSnapshot(from_number=PLAN.caller_number, to_number=number, attempt_id="another's")
    heard = report(
        rng.choice(REPORTS),
        rng.choice((None, since, since, since - 400, since + 30)),
        snapshot=rng.choice((said, said, said, echo, None)),
    )
    made.tell(call_id, heard)


def all_unclaimed(made: World) -> list[UnclaimedCall]:
    """Every call that nobody claims, of the whole ledger."""
    found = []
    streams = {call_id: call_stream(call_id) for call_id in made.calls}
    events = made.ledger.read_streams(list(streams.values()), made.ledger.position)
    for call_id, stream in streams.items():
        fold = fold_call(events.get(stream, ()))
        parties = None if fold is None else fold.state.parties
        if fold is not None and parties is not None and fold.claim is None:
            found.append(
                UnclaimedCall(
                    call_id=call_id,
                    from_number=parties.from_number,
                    to_number=parties.to_number,
                    began_at=fold.state.created_at or fold.first_heard_at,
                    phase=fold.state.phase,
                    echoed_attempts=fold.state.echoed_attempts,
                )
            )
    return found


def by_id(calls: Sequence[UnclaimedCall]) -> dict[str, tuple[str, str, object, str]]:
    return {one.call_id: (one.from_number, one.to_number, one.began_at, one.phase) for one in calls}


@settings(max_examples=examples(200, least=30), deadline=None)
@given(rng=st.randoms(use_true_random=False), acts=st.integers(1, 40))
def test_in_any_order_and_with_a_clock_set_right_the_matches_are_those_of_all_calls(
    store: ViewStore, rng: Random, acts: int
) -> None:
    made = history(rng, acts)
    writer_on(emptied(store), made.ledger, FINGERPRINT).advance(made.ledger.feed)
    attempts, every = pushed(made).attempts.unresolved(), all_unclaimed(made)
    with snapshot(store) as taken:
        found = possible_calls(taken.connection, attempts)
        alone = {one.attempt_id: possible_calls(taken.connection, [one]) for one in attempts}
    for attempt in attempts:
        expected = by_id(candidates(attempt, every))
        assert by_id(candidates(attempt, found)) == by_id(candidates(attempt, alone[attempt.attempt_id])) == expected
    assert inferred(attempts, found) == inferred(attempts, every)


@settings(max_examples=examples(200, least=30), deadline=None)
@given(rng=st.randoms(use_true_random=False), acts=st.integers(1, 40))
def test_what_is_kept_of_calls_is_the_same_after_a_start_anywhere(store: ViewStore, rng: Random, acts: int) -> None:
    made = history(rng, acts)
    views = [pushed(made), loaded(emptied(store), made, rng.randint(1, made.ledger.position))]
    kept = [(view.calls.watched, view.calls.open, view.calls.echoing) for view in views]
    assert kept[1] == kept[0]


def test_the_calls_are_looked_for_by_their_numbers(store: ViewStore) -> None:
    with store.reading() as connection:
        query = of_nobodys(connection, ["+15551230001", "+15551230002"], T0)
        text = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    assert "USING INDEX call_index_by_to_number (to_number=?)" in plan[0].detail


def test_a_call_is_found_by_any_spelling_and_however_long_ago_it_was(store: ViewStore) -> None:
    made = world(ONE)
    attempt = UnresolvedAttempt(
        attempt_id="a1",
        campaign_id=SPRING,
        stream="recipient:x",
        from_number=PLAN.caller_number,
        to_number="+442079460018",
        started_at=made.now,
    )
    said = CallSnapshot(from_number=PLAN.caller_number, to_number="+4402079460018")
    made.tell("c1", report("call.completed", None, snapshot=said))
    made.pass_time(400 * DAY.total_seconds())
    made.tell("c2", report("call.completed", None, snapshot=said))
    writer_on(emptied(store), made.ledger, FINGERPRINT).advance(made.ledger.feed)
    with snapshot(store) as taken:
        found = possible_calls(taken.connection, [attempt])
        assert possible_calls(taken.connection, []) == []
    assert [one.call_id for one in found] == ["c1", "c2"]
    assert [one.call_id for one in candidates(attempt, found)] == ["c1"]
