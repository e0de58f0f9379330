"""A ledger is looked at while another process may write to it, and nothing in its folder changes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger.unopened import unopened_file
from domain.errors import LedgerUnusable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two events, and a meta row, in WAL mode, closed."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT, "
            "originator_version INTEGER, topic TEXT, state BLOB)"
        )
        connection.execute("CREATE TABLE ledger_meta (name TEXT PRIMARY KEY, value TEXT)")
        connection.execute("INSERT INTO ledger_meta VALUES ('key', 'k3y')")
        connection.execute("INSERT INTO stored_events VALUES (1, 'call:1', 1, 'call.created', x'01')")
        connection.execute("INSERT INTO stored_events VALUES (2, 'call:1', 2, 'call.completed', x'02')")
        connection.commit()
    return path


@pytest.fixture
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection, with one event more that is only in the WAL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO stored_events VALUES (3, 'call:1', 3, 'call.redelivered', x'03')")
        connection.commit()
        yield connection


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file of a folder: its content, and when it was changed."""
    return {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()}


def positions(path: Path) -> list[int]:
    with unopened_file(path) as ledger:
        assert (ledger.meta("key"), ledger.meta("none")) == ("k3y", None)
        return [row[0] for row in ledger.rows_up_to(ledger.end(), 10)]


def test_a_ledger_that_nobody_has_open_is_read_and_left_as_it_was(path: Path) -> None:
    before = state(path.parent)

    assert positions(path) == [2, 1]
    assert state(path.parent) == before
    assert list(before) == ["ledger.db"]


def test_beside_a_writer_its_commits_are_read_and_it_can_go_on(path: Path, written: sqlite3.Connection) -> None:
    before = state(path.parent)

    with unopened_file(path) as ledger:
        assert [row[0] for row in ledger.rows_up_to(3, 2)] == [3, 2]
        written.execute("INSERT INTO stored_events VALUES (4, 'call:1', 4, 'call.observed', x'04')")
        written.commit()
        assert ledger.end() == 4
    assert set(before) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"} == set(state(path.parent))
    written.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_what_a_kill_left_is_read_with_its_wal_and_left_as_it_was(
    path: Path, written: sqlite3.Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    killed = tmp_path_factory.mktemp("killed")
    for name, (content, _) in state(path.parent).items():
        (killed / name).write_bytes(content)
    before = state(killed)

    assert positions(killed / "ledger.db") == [3, 2, 1]
    assert state(killed) == before


def test_a_wal_without_its_index_is_refused_since_reading_it_would_make_a_file(
    path: Path, written: sqlite3.Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copied = tmp_path_factory.mktemp("copied")
    for name in ("ledger.db", "ledger.db-wal"):
        (copied / name).write_bytes((path.parent / name).read_bytes())

    with pytest.raises(LedgerUnusable, match=r"lies there without ledger\.db-shm"), unopened_file(copied / "ledger.db"):
        pass
    assert len(state(copied)) == 2


def test_nothing_can_be_written_through_it(path: Path) -> None:
    with unopened_file(path) as ledger, pytest.raises(LedgerUnusable, match="readonly"):
        ledger._ask("DELETE FROM stored_events")
    assert positions(path) == [2, 1]


def test_what_is_no_database_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"damaged" * 1_000)

    with unopened_file(tmp_path / "ledger.db") as ledger, pytest.raises(LedgerUnusable, match="cannot be read"):
        ledger.end()


def test_its_size_counts_the_wal(path: Path, written: sqlite3.Connection) -> None:
    with unopened_file(path) as ledger:
        size = ledger.bytes_on_disk()

    assert size == sum(path.with_name(name).stat().st_size for name in ("ledger.db", "ledger.db-wal"))
