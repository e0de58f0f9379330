"""A store of keys, in whichever database."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters.keys import DESTROYED, KEY_BYTES, KEYS_FILE, MISSING, KeyTable, SqliteKeyTable, slice_of
from adapters.keys.postgres_table import PostgresKeyTable
from domain.errors import LedgerUnavailable, LedgerUnusable
from tests.adapters.ledger.postgres_server import Server

BATCH = "c29tZSBiYXRjaA=="
KEYS = bytes(range(1, 1 + 3 * KEY_BYTES))
OpenTable = Callable[[], KeyTable]


@pytest.fixture(params=["sqlite", "postgres"])
def again(request: pytest.FixtureRequest) -> OpenTable:
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path")
        return lambda: SqliteKeyTable(folder, writes=True)
    url = request.getfixturevalue("postgres").new_database()
    return lambda: PostgresKeyTable(url, writes=True)


@pytest.fixture
def table(again: OpenTable) -> Iterator[KeyTable]:
    with closing(again()) as opened:
        yield opened


def test_a_batch_is_there_for_the_next_process(again: OpenTable) -> None:
    with closing(again()) as table:
        table.add(BATCH, KEYS)
    with closing(again()) as table:
        assert table.read(BATCH) == KEYS
        assert table.read("another") is None
        assert table.mark() is None


def test_a_store_that_was_closed_stays_so(again: OpenTable) -> None:
    table = again()
    table.close()
    with pytest.raises(LedgerUnavailable, match="closed"):
        table.add(BATCH, KEYS)


def test_what_is_overwritten_is_gone_and_the_rest_stays(again: OpenTable) -> None:
    with closing(again()) as table:
        table.add(BATCH, KEYS)
        table.overwrite([f"{BATCH}.1"], "4 event-9")
        table.overwrite([], None)
    with closing(again()) as table:
        keys = table.read(BATCH) or b""
        assert [slice_of(keys, place) for place in range(4)] == [KEYS[:32], DESTROYED, KEYS[64:], MISSING]
        assert table.mark() == "4 event-9"


def test_of_a_batch_that_is_lost_is_known_what_was_destroyed_and_that_the_rest_is_missing(table: KeyTable) -> None:
    table.overwrite([f"{BATCH}.2"], None)
    assert table.read(BATCH) == MISSING * 2 + DESTROYED


def test_all_batches_can_be_had_and_put_elsewhere(table: KeyTable) -> None:
    table.put([("b", KEYS), ("C", KEYS), ("a", KEYS)])
    table.put([("a", DESTROYED)])

    first = table.batches("", 2)
    assert [first, table.batches(first[-1][0], 2)] == [[("C", KEYS), ("a", DESTROYED)], [("b", KEYS)]]
    assert table.batches("b", 2) == []


def test_nothing_is_overwritten_where_one_of_the_ids_is_no_keys(table: KeyTable) -> None:
    table.add(BATCH, KEYS)
    for name in ("nonsense", f"{BATCH}.x", f"{BATCH}.99999", ".1"):
        with pytest.raises(LedgerUnusable, match="which is no key of this Dialtrail's"):
            table.overwrite([f"{BATCH}.0", name], None)
    assert table.read(BATCH) == KEYS


def test_a_destroyed_key_stands_nowhere_in_the_files(tmp_path: Path) -> None:
    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        table.add(BATCH, KEYS)
        written = b"".join(file.read_bytes() for file in tmp_path.glob("keys/*"))
        assert KEYS[32:64] in written

        table.overwrite([f"{BATCH}.1"], None)

        left = b"".join(file.read_bytes() for file in tmp_path.glob("keys/*"))
        assert KEYS[32:64] not in left
        assert KEYS[:32] in left


def test_the_file_and_its_folder_are_nobody_elses(tmp_path: Path) -> None:
    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        table.add(BATCH, KEYS)
        modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()}
        assert modes == {"keys.db": 0o600, "keys.db-wal": 0o600, "keys.db-shm": 0o600}
        assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_who_only_reads_changes_nothing_and_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match=r"the store of keys, .*keys\.db, cannot be opened"):
        SqliteKeyTable(tmp_path, writes=False)
    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        table.add(BATCH, KEYS)
        with closing(SqliteKeyTable(tmp_path, writes=False)) as beside:
            assert beside.read(BATCH) == KEYS
            with pytest.raises(LedgerUnavailable, match="the store of keys could not be read or written"):
                beside.add("another", KEYS)


def test_that_somebody_reads_the_wal_is_said_where_it_could_not_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.keys.sqlite_table.WAIT_SECONDS", 0.05)
    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        table.add(BATCH, KEYS)
        with closing(sqlite3.connect(tmp_path / KEYS_FILE, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM key_batch").fetchall()
            with pytest.raises(LedgerUnavailable, match="could not be cut: close whatever has it open"):
                table.overwrite([f"{BATCH}.1"], None)
        assert slice_of(table.read(BATCH) or b"", 1) == DESTROYED


def test_a_database_that_may_lose_keys_is_refused(postgres: Server) -> None:
    name, url = "synchronous_commit", postgres.new_database()
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(f'ALTER DATABASE "{line.info.dbname}" SET {name} = off'.encode())

    with pytest.raises(LedgerUnusable, match=f"PostgreSQL's {name} is off in the store of keys"):
        PostgresKeyTable(url, writes=True)
