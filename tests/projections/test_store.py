import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from projections.attempt_index import ATTEMPT
from projections.row_writes import insert_rows
from projections.store import (
    METADATA,
    PROGRESS,
    ViewsMoved,
    ViewsProgress,
    ViewStore,
    ViewsUnusable,
    instant,
    micros,
    optional_instant,
    portions,
    sqlite_store,
)
from tests.projections.kept_views import new_store

NOWHERE = ViewsProgress()
HERE = ViewsProgress(3, "event-3", 7, "f00d")


def test_how_far_the_views_have_come_is_read_as_it_was_written(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store:
        assert store.progress({"one": 1, "two": 2}) == ViewsProgress()
        before = NOWHERE
        for position in (HERE, ViewsProgress(4, "event-4", 8, "f00d")):
            with store.writing() as connection:
                store.move_from(connection, {"one": 1, "two": 2}, before)
                store.move_to(connection, {"one": 1, "two": 2}, position)
            assert store.progress({"one": 1, "two": 2}) == position
            before = position


@pytest.mark.parametrize(
    "before",
    [
        NOWHERE,
        ViewsProgress(2, "event-2", 6, "f00d"),
        ViewsProgress(3, "another-3", 7, "f00d"),
        ViewsProgress(4, "event-4", 8, "f00d"),
    ],
)
def test_what_another_process_moved_is_not_written_over(tmp_path: Path, before: ViewsProgress) -> None:
    with new_store(tmp_path / "views.db") as store:
        with store.writing() as connection:
            store.move_to(connection, {"one": 1}, HERE)
        with store.writing() as connection, pytest.raises(ViewsMoved):
            store.move_from(connection, {"one": 1}, before)


@pytest.mark.parametrize(
    ("versions", "why"),
    [
        ({"one": 2, "two": 2}, "one changed with this version of Dialtrail"),
        ({"one": 1}, "two changed with this version of Dialtrail"),
        ({"one": 1, "two": 2, "three": 1}, "three changed with this version of Dialtrail"),
    ],
)
def test_views_of_another_version_are_unusable(tmp_path: Path, versions: dict[str, int], why: str) -> None:
    with new_store(tmp_path / "views.db") as store:
        with store.writing() as connection:
            store.move_to(connection, {"one": 1, "two": 2}, HERE)
        with pytest.raises(ViewsUnusable) as refused:
            store.progress(versions)
    assert str(refused.value) == why


def test_views_without_their_tables_are_unusable(tmp_path: Path) -> None:
    with closing(sqlite_store(tmp_path / "views.db")) as store, pytest.raises(ViewsUnusable, match="no such table"):
        store.progress({"one": 1})


def write_twice(store: ViewStore) -> None:
    """Write how far the views have come, and then a row that is there already."""
    with store.writing() as connection:
        store.move_to(connection, {"one": 1}, HERE)
        insert_rows(connection, ATTEMPT, [("a1", 1, "recipient:a", True, None)] * 2)


def test_what_fails_is_not_written_at_all(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store:
        with pytest.raises(IntegrityError):
            write_twice(store)
        assert store.progress({"one": 1}) == ViewsProgress()


def test_a_reader_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store:
        with store.reading() as reader:
            before = reader.execute(select(PROGRESS)).all()
            with store.writing() as connection:
                store.move_to(connection, {"one": 1}, HERE)
            assert reader.execute(select(PROGRESS)).all() == before == []
        assert store.progress({"one": 1}) == HERE


def test_a_wal_that_a_reader_held_open_is_cut_back_when_the_reader_has_gone(tmp_path: Path) -> None:
    def grow(store: ViewStore) -> None:
        for place in range(60):
            with store.writing() as connection:
                insert_rows(connection, ATTEMPT, [(f"a{place}", 1, "x" * 10_000, True, None)])

    path = tmp_path / "views.db"
    wal = tmp_path / "views.db-wal"
    with closing(sqlite_store(path, wal_bytes_max=100_000)) as store:
        store.create()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM view_progress").fetchall()
            grow(store)
            store.shorten_wal()
            assert wal.stat().st_size > 100_000
        store.shorten_wal()
        assert wal.stat().st_size == 0
        with store.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000
            store.move_to(connection, {"one": 1}, HERE)
        store.shorten_wal()
        assert wal.stat().st_size > 0


def test_who_reads_before_writing_waits_for_another_programs_lock(tmp_path: Path) -> None:
    def write(store: ViewStore) -> None:
        with store.writing() as connection:
            assert connection.execute(select(PROGRESS)).all() == []
            store.move_to(connection, {"one": 1}, HERE)

    path = tmp_path / "views.db"
    with new_store(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as beside:
            written = beside.submit(write, store)
            try:
                with pytest.raises(TimeoutError):
                    written.result(0.3)
            finally:
                other.execute("ROLLBACK")
            written.result(60)
        assert store.progress({"one": 1}) == HERE


def test_what_was_dropped_can_be_made_again(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store:
        with store.writing() as connection:
            store.move_to(connection, {"one": 1}, HERE)
        store.drop()
        store.create()
        store.create()
        assert store.progress({"one": 1}) == ViewsProgress()
        with store.reading() as connection:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
            assert set(names) >= set(METADATA.tables)


def test_a_file_has_no_schema_to_rename(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store, pytest.raises(RuntimeError):
        store.rename_to("other")


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, 0, 999_999, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_998, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_an_instant_is_stored_to_the_microsecond(at: datetime) -> None:
    assert instant(micros(at)) == optional_instant(micros(at)) == at
    assert micros(at + timedelta(microseconds=1)) == micros(at) + 1
    assert optional_instant(None) is None


def test_values_come_in_portions_that_one_query_can_take() -> None:
    assert [list(some) for some in portions([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
    assert list(portions([])) == []
