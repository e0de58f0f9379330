"""A file beside the ledger: nothing is made by who reads, all or nothing is written, and nobody else may look."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite_file import SqliteFile

TABLES = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY);"


def opened(folder: Path, *, only_reads: bool = False) -> SqliteFile:
    return SqliteFile(folder / "kept.db", TABLES, synchronous="FULL", only_reads=only_reads)


def names(file: SqliteFile) -> list[str]:
    with file.reading() as talk:
        return [row[0] for row in talk.execute("SELECT name FROM kept ORDER BY name").fetchall()]


def put(file: SqliteFile, name: str) -> None:
    with file.writing() as talk:
        talk.execute("INSERT INTO kept VALUES (?)", (name,))


@pytest.mark.parametrize("only_reads", [True, False])
def test_who_reads_makes_no_file(tmp_path: Path, only_reads: bool) -> None:
    with closing(opened(tmp_path, only_reads=only_reads)) as file:
        assert (names(file), file.is_there) == ([], False)
    assert list(tmp_path.iterdir()) == []


def test_all_of_a_talk_is_there_after_it_or_nothing_and_only_for_its_owner(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as file:
        put(file, "one")

        def broken_off() -> None:
            with file.writing() as talk:
                talk.execute("INSERT INTO kept VALUES ('two')")
                raise KeyError

        with pytest.raises(KeyError):
            broken_off()
        assert (names(file), file.is_there) == (["one"], True)
    assert stat.S_IMODE((tmp_path / "kept.db").stat().st_mode) == 0o600
    with closing(opened(tmp_path)) as file:
        assert names(file) == ["one"]


def test_who_only_reads_sees_what_another_writes_and_can_do_nothing_else(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as writer, closing(opened(tmp_path, only_reads=True)) as reader:
        put(writer, "one")
        assert names(reader) == ["one"]
        put(writer, "two")
        assert names(reader) == ["one", "two"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            put(reader, "three")


def test_what_tables_of_an_older_version_lack_is_added_once_when_it_is_opened(tmp_path: Path) -> None:
    completed: list[str] = []

    def complete(connection: sqlite3.Connection) -> None:
        completed.append("yes")
        connection.execute("ALTER TABLE kept ADD COLUMN more TEXT")

    file = SqliteFile(tmp_path / "kept.db", TABLES, synchronous="NORMAL", complete=complete)
    with closing(file):
        put_more = "INSERT INTO kept (name, more) VALUES ('one', 'more')"
        with file.writing() as talk:
            talk.execute(put_more)
        assert (names(file), completed) == (["one"], ["yes"])


def test_what_went_wrong_is_said_where_sqlite_has_taken_the_transaction_back(tmp_path: Path) -> None:
    def fails(file: SqliteFile) -> None:
        with file.writing() as talk:
            talk.execute("ROLLBACK")  # as it does by itself
            raise sqlite3.OperationalError("disk I/O error")

    with closing(opened(tmp_path)) as file, pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        fails(file)
