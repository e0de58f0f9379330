from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Connection, delete

from application.views.row_counts import MOVED_SHARE, RowCounts
from projections.call_index import CALL
from projections.views import VERSIONS, rows_in, snapshot
from tests.projections.history import World
from tests.projections.kept_views import catch_up, new_store


class Counting:
    """Counts rows, and how often that was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, connection: Connection, view: str) -> int:
        self.asked += 1
        return rows_in(connection, view)


def world(people: int) -> World:
    made = World()
    made.create("spring")
    for place in range(people):
        made.enroll(f"+1555{place:07}", "spring")
    return made


def test_they_are_counted_anew_only_once_the_views_have_moved_on_by_a_hundredth(tmp_path: Path) -> None:
    made, counting = world(2 * MOVED_SHARE), Counting()
    counts = RowCounts(counting)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        first = made.ledger.position
        found = []
        for place in range(4):
            with snapshot(store) as taken:
                said = counts.of(taken)
            found.append((said.position - first, counting.asked // len(VERSIONS)))
            made.enroll(f"+1556{place:07}", "spring")
            catch_up(store, made.ledger)
    assert found == [(0, 1), (0, 1), (0, 1), (3, 2)]


def test_a_small_ledger_is_always_counted(tmp_path: Path) -> None:
    made, counts = world(3), RowCounts()
    with new_store(tmp_path / "views.db") as store:
        for place in range(5):
            catch_up(store, made.ledger)
            with snapshot(store) as taken:
                assert counts.of(taken).rows == {name: rows_in(taken.connection, name) for name in VERSIONS}
                assert counts.of(taken).position == made.ledger.position
            made.enroll(f"+1556{place:07}", "spring")


def test_views_that_were_made_anew_are_counted_anew_at_the_same_position(tmp_path: Path) -> None:
    made, counts = world(3), RowCounts()
    made.change("spring", "start")
    made.start("+15550000000", "spring")
    made.accept("+15550000000")
    with ExitStack() as opened:
        damaged, anew = (opened.enter_context(new_store(tmp_path / name)) for name in ("old.db", "new.db"))
        for store in (damaged, anew):
            catch_up(store, made.ledger)
        with damaged.writing() as connection:
            connection.execute(delete(CALL))
        found = []
        for store in (damaged, anew):
            with snapshot(store) as taken:
                found.append(counts.of(taken).rows["call_index"])
    assert found == [0, 1]
