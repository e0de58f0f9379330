from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain import recipient
from domain.instants import LATEST
from projections import call_hours
from projections.call_hours import FIGURES, HOUR, CallsBegun
from projections.store import EPOCH
from projections.views import snapshot
from tests.domain.given import report
from tests.projections.history import NUMBERS, World, call_id_of, world
from tests.projections.kept_views import new_store, writer_on
from tests.projections.kept_world import stream_of
from tests.projections.recording import T0

ONE, TWO, THREE = NUMBERS
SPRING = 1
FIRST = T0.replace(minute=0, second=0, microsecond=0)


def told(tmp_path: Path, made: World, campaign: int | None = SPRING, batch: int = 1_000) -> list[CallsBegun]:
    """All hours, followed in batches of a size, by a writer of its own each."""
    with new_store(tmp_path / f"views-{batch}-{made.ledger.position}-{campaign}.db") as store:
        for begin in range(0, made.ledger.position, batch):
            writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
        with snapshot(store) as taken:
            return call_hours.hours(taken.connection, EPOCH, LATEST, campaign)


def hour(after: int = 0, **figures: int) -> CallsBegun:
    """So many hours after the first."""
    return CallsBegun(begins_at=FIRST + after * HOUR, **{**dict.fromkeys(FIGURES, 0), **figures})


def called(number: str, *heard: tuple[str, float]) -> World:
    made = world(number)
    made.start(number, "spring")
    made.accept(number)
    for name, seconds in heard:
        made.hear(number, name, seconds)
    return made


def test_a_call_is_counted_once_by_what_became_of_it(tmp_path: Path) -> None:
    cases: list[tuple[tuple[tuple[str, float], ...], CallsBegun]] = [
        ((), hour(calls=1)),
        ((("call.answered", 3),), hour(calls=1, answered=1)),
        ((("call.answered", 3), ("call.completed", 9)), hour(calls=1, answered=1, talk_ms=6_000)),
        ((("call.completed", 9),), hour(calls=1, no_answer=1)),
        ((("call.failed", 9),), hour(calls=1, failed=1)),
        ((("call.canceled", 9),), hour(calls=1, canceled=1)),
        ((("call.failed", 9), ("call.answered", 3)), hour(calls=1, answered=1, talk_ms=6_000)),
    ]
    for index, (heard, expected) in enumerate(cases):
        made = called(ONE, *heard)
        for batch in (1, 2, 1_000):
            (tmp_path / str(index)).mkdir(exist_ok=True)
            assert told(tmp_path / str(index), made, batch=batch) == [expected], heard


def test_a_call_whose_end_cannot_be_found_out_is_lost_until_it_is_told(tmp_path: Path) -> None:
    made = called(ONE)
    made.observe(call_id_of("a1"), None, True)
    assert told(tmp_path, made) == [hour(calls=1, lost=1)]
    made.hear(ONE, "call.completed", 9)
    assert told(tmp_path, made) == [hour(calls=1, no_answer=1)]


def test_a_refused_request_is_no_call_and_is_counted_beside_them(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.refuse(ONE, "recipient", counts=False)
    assert told(tmp_path, made) == [hour(refused=1)]


@pytest.mark.parametrize("how", ["metadata", "response"])
def test_a_refusal_is_taken_back_when_a_call_turns_up_after_all(tmp_path: Path, how: str) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.refuse(ONE, "recipient", counts=False)
    (refused,) = made.person(ONE).attempts
    made.now += 2 * HOUR
    made.tell("c", report("call.created", 100))
    if how == "response":
        accepted = recipient.accept(made.person(ONE), refused.attempt_id, call_id="c", status=201, response="{}")
        made.record_all(stream_of(ONE), accepted)
        made._claim(refused, stream_of(ONE), "c", "response")
    else:
        made.match(ONE, refused, "c", how)  # type: ignore[arg-type]
    for batch in (1, 2, 1_000):
        assert told(tmp_path, made, batch=batch) == [hour(calls=1)]


ACTS = ("refuse", "created", "answered", "ended", "match", "another", "ahead", "set_right")


@given(acts=st.permutations(ACTS), ahead=st.sampled_from([1, 5]), batch=st.sampled_from([1, 3, 1_000]))
def test_any_order_gives_the_same_counts(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str], ahead: int, batch: int
) -> None:
    """What cannot be decided yet is tried again, as the provider and people do. Our clock is ahead for a while."""
    made = world(ONE, TWO)
    made.start(ONE, "spring")
    made.start(TWO, "spring")
    (attempt,) = made.person(ONE).attempts
    is_ahead = False
    for act in (*acts, "match", "set_right"):
        match act:
            case "refuse":
                made.refuse(ONE, "recipient", counts=False)
            case "another":
                made.refuse(TWO, "recipient", counts=False)
            case "match":
                made.match(ONE, attempt, "c", "metadata")
            case "ahead":
                made.now += ahead * HOUR
                is_ahead = True
            case "set_right":
                if is_ahead:
                    made.set_right(ahead * HOUR)
                is_ahead = False
            case _:
                seconds = {"created": 0, "answered": 3, "ended": 9}[act]
                name = "call.completed" if act == "ended" else f"call.{act}"
                made.tell("c", report(name, seconds))
    told_of = told(tmp_path_factory.mktemp("views"), made, batch=batch)
    assert told_of == [hour(calls=1, answered=1, refused=1, talk_ms=6_000)]


def test_a_call_is_counted_in_the_hour_in_which_it_began_however_late_that_is_heard(tmp_path: Path) -> None:
    made = world(ONE)
    made.now += 30 * HOUR
    made.tell("c", report("call.completed", 100))
    assert told(tmp_path, made, None) == [hour(30, calls=1, no_answer=1)]
    made.tell("c", report("call.created", 0))
    assert told(tmp_path, made, None) == [hour(calls=1, no_answer=1)]
    assert told(tmp_path, made, None, batch=1) == [hour(calls=1, no_answer=1)]


def test_a_call_moves_to_the_campaign_that_claims_it(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.leave_unresolved(ONE)
    made.tell("c", report("call.created", 1))
    assert (told(tmp_path, made), told(tmp_path, made, call_hours.OF_NO_CAMPAIGN)) == ([], [hour(calls=1)])
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    assert (told(tmp_path, made), told(tmp_path, made, call_hours.OF_NO_CAMPAIGN)) == ([hour(calls=1)], [])
    assert told(tmp_path, made, None) == [hour(calls=1)]


def test_an_interval_has_the_hours_that_begin_in_it(tmp_path: Path) -> None:
    made = called(ONE, ("call.completed", 9))
    with new_store(tmp_path / "views.db") as store:
        writer_on(store, made.ledger).advance(made.ledger.feed)
        with snapshot(store) as taken:
            read = [
                len(call_hours.hours(taken.connection, FIRST + since, FIRST + until))
                for since, until in (
                    (timedelta(), HOUR),
                    (timedelta(), timedelta()),
                    (timedelta(), timedelta(microseconds=1)),
                    (timedelta(microseconds=1), HOUR),
                    (-HOUR, timedelta()),
                    (HOUR, 2 * HOUR),
                )
            ]
            assert read == [1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("batch", [1, 2, 1_000])
def test_no_row_is_left_where_a_call_turned_out_to_begin_at_another_time(tmp_path: Path, batch: int) -> None:
    made = called(ONE)
    made.tell(call_id_of("a1"), report("call.answered", -4_000))
    made.tell(call_id_of("a1"), report("call.created", -4_000))
    with new_store(tmp_path / "views.db") as store:
        for begin in range(0, made.ledger.position, batch):
            writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
        with store.reading() as connection:
            for table in (call_hours.CALL_HOUR, call_hours.CALL_MINUTE, call_hours.CALL_ZONE):
                assert [row.calls for row in connection.execute(select(table))] == [1]
