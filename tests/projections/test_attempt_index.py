from datetime import datetime
from pathlib import Path

from projections import attempt_index
from projections.attempt_index import AttemptRow
from projections.views import snapshot
from tests.domain.given import report
from tests.projections.history import NUMBERS, World, call_id_of, world
from tests.projections.kept_views import new_store, writer_on
from tests.projections.kept_world import SECOND, stream_of

ONE, TWO, THREE = NUMBERS
ALL = ("a1", "a2", "a3", "a4")


def rows(tmp_path: Path, made: World, batch: int = 1_000) -> list[AttemptRow]:
    """All attempts, followed in batches of a size, by a writer of its own each."""
    with new_store(tmp_path / f"views-{batch}-{made.ledger.position}.db") as store:
        for begin in range(0, made.ledger.position, batch):
            writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
        with snapshot(store) as taken:
            return attempt_index.rows_of(taken.connection, ALL)


def row(attempt_id: str, number: str, is_open: bool, sent_at: datetime | None) -> AttemptRow:
    return AttemptRow(attempt_id, 1, stream_of(number), is_open, sent_at)


def test_an_attempt_was_sent_when_its_outcome_was_recorded_whatever_comes_later(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    assert rows(tmp_path, made) == [row("a1", ONE, True, None)]
    made.accept(ONE)
    sent_at = made.now - 2 * SECOND
    assert rows(tmp_path, made) == [row("a1", ONE, True, sent_at)]
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.completed", 9)
    for batch in (1, 2, 1_000):
        assert rows(tmp_path, made, batch) == [row("a1", ONE, False, sent_at)]


def test_an_attempt_that_never_left_was_not_sent(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.abandon(ONE)
    assert rows(tmp_path, made) == [row("a1", ONE, False, None)]


def test_an_attempt_that_lost_its_call_is_open_again_and_was_sent_when_it_was(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.start(ONE, "spring")
    made.leave_unresolved(ONE)
    sent_at = made.now
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    made.tell("c", report("call.completed", 1))
    made.start(TWO, "spring")
    made.leave_unresolved(TWO)
    made.match(TWO, made.person(TWO).attempts[0], "c", "metadata")
    for batch in (1, 3, 1_000):
        assert rows(tmp_path, made, batch)[0] == row("a1", ONE, True, sent_at)


def test_a_call_whose_end_cannot_be_found_out_closes_its_attempt(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.observe(call_id_of("a1"), None, gave_up=True)
    assert [one.is_open for one in rows(tmp_path, made)] == [False]


def test_open_attempts_and_the_last_requests_are_found(tmp_path: Path) -> None:
    made = world(ONE, TWO, THREE)
    left = []
    for number in (ONE, TWO, THREE):
        made.start(number, "spring")
        made.leave_unresolved(number)
        left.append(made.now)
    made.settle(ONE, redial=False)
    with new_store(tmp_path / "views.db") as store:
        writer_on(store, made.ledger).advance(made.ledger.feed)
        with snapshot(store) as taken:
            opened = attempt_index.open_attempts(taken.connection)
            assert {one.attempt_id for one in opened} == {"a2", "a3"}
            last = attempt_index.last_sent(taken.connection, 1, 2)
            assert [row.sent_at for row in last] == [left[2], left[1]]
            assert attempt_index.last_sent(taken.connection, 2, 2) == []
            assert attempt_index.rows_of(taken.connection, ["a9"]) == []
