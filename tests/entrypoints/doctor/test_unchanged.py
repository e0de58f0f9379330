"""A file that is looked at stays as it was; and what somebody writes to it meanwhile is not taken for damage."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from entrypoints.doctor.unchanged import journal_mode, looked_at

COUNT = "SELECT count(*) FROM t"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One row, in WAL mode, closed."""
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        write(connection)
    return path


def write(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()


def counted(connection: sqlite3.Connection) -> int:
    return int(connection.execute(COUNT).fetchone()[0])


def test_nothing_is_left_beside_it(path: Path) -> None:
    before = path.read_bytes()

    assert looked_at(path, counted) == 1
    assert journal_mode(path) == "wal"
    assert [one.name for one in path.parent.iterdir()] == ["some.db"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("fails", [False, True])
def test_who_opens_it_meanwhile_is_read_beside(path: Path, fails: bool) -> None:
    with closing(sqlite3.connect(path)) as writer:
        times = []

        def read(connection: sqlite3.Connection) -> int:
            times.append(1)
            if len(times) == 1:
                write(writer)
                if fails:
                    raise sqlite3.DatabaseError("malformed, for half of it was another")
            return counted(connection)

        assert looked_at(path, read) == 2
        assert len(times) == 2


def test_damage_is_said_once(path: Path) -> None:
    times = []

    def read(_: sqlite3.Connection) -> int:
        times.append(1)
        raise sqlite3.DatabaseError("malformed")

    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        looked_at(path, read)
    assert len(times) == 1


def test_the_mode_is_read_of_the_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    assert journal_mode(path) == "rollback"
    path.write_bytes(b"")
    assert journal_mode(path) == "rollback"
