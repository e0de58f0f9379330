"""What was a key is in no file of PostgreSQL's table once it was destroyed, looked for byte by byte."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Event

import psycopg
import pytest

from adapters.keys import DESTROYED, KEY_BYTES, postgres_table, slice_of
from adapters.keys.postgres_table import PostgresKeyTable
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.postgres_server import Server

BATCHES = {f"batch{n}": b"".join(sha256(b"%d.%d" % (n, at)).digest() for at in range(1_024)) for n in range(1, 6)}
"""As long as they are: a page of the table has a part of one."""
GONE, PLACE = "batch3", 500
KEY = slice_of(BATCHES[GONE], PLACE)


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def table(url: str) -> Iterator[PostgresKeyTable]:
    with closing(PostgresKeyTable(url, writes=True)) as opened:
        for batch, keys in BATCHES.items():
            opened.add(batch, keys)
        assert len(KEY) == KEY_BYTES
        assert lies_in_files(url, KEY)
        yield opened


def lies_in_files(url: str, key: bytes) -> bool:
    """Whether these bytes stand in a file of this database, those of rows that nobody can read any more among them."""
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("CHECKPOINT")
        found = line.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname=current_database()"
        )
        folder, oid = found.fetchone() or ("", 0)
    return any(key in file.read_bytes() for file in (Path(folder) / "base" / str(oid)).iterdir() if file.is_file())


def test_it_is_gone_and_all_others_are_there(table: PostgresKeyTable, url: str) -> None:
    table.overwrite([f"{GONE}.{PLACE}"], "1 event")

    assert not lies_in_files(url, KEY)
    found = dict(table.batches("", 10))
    assert slice_of(found.pop(GONE), PLACE) == DESTROYED
    assert found == {batch: keys for batch, keys in BATCHES.items() if batch != GONE}
    assert all(lies_in_files(url, slice_of(keys, PLACE)) for keys in found.values())
    assert table.mark() == "1 event"


def test_who_has_an_older_snapshot_sees_all_keys_and_is_waited_for(
    table: PostgresKeyTable, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_table, "LOCK_SECONDS_MAX", 0.1)
    with psycopg.connect(url) as dump:
        dump.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        dump.execute("SELECT 1 FROM pg_class LIMIT 1")
        with pytest.raises(LedgerUnavailable, match="older than what is destroyed, and may still see it"):
            table.overwrite([f"{GONE}.{PLACE}"], "1 event")
        assert dict(dump.execute("SELECT id, keys FROM dialtrail_keys.key_batch").fetchall()) == BATCHES
    assert table.mark() is None  # so that it is tried again
    table.overwrite([f"{GONE}.{PLACE}"], "1 event")
    assert not lies_in_files(url, KEY)


def test_a_dump_beside_it_has_every_batch(table: PostgresKeyTable, postgres: Server, url: str) -> None:
    stop = Event()

    def destroy() -> None:
        for nth in count():
            if stop.is_set():
                return
            with suppress(LedgerUnavailable):
                table.overwrite([f"batch1.{nth % 1_000}"], None)

    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(destroy)
        dumps = [postgres.dump(url) for _ in range(4)]
        stop.set()
        under_way.result()
    assert [len(re.findall(r"^batch\d\t", dump, re.MULTILINE)) for dump in dumps] == [len(BATCHES)] * len(dumps)


def test_who_has_the_table_open_is_waited_for_and_said(
    table: PostgresKeyTable, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_table, "LOCK_SECONDS_MAX", 0.1)
    with psycopg.connect(url) as dump:
        table.overwrite([f"{GONE}.{PLACE + 1}"], None)
        dump.execute("LOCK TABLE dialtrail_keys.key_batch IN ACCESS SHARE MODE")
        with pytest.raises(LedgerUnavailable, match="the store of keys could not be read or written"):
            table.overwrite([f"{GONE}.{PLACE}"], "1 event")
    assert table.mark() is None
    table.overwrite([f"{GONE}.{PLACE}"], "1 event")
    assert not lies_in_files(url, KEY)


def test_a_larger_table_is_vacuumed_and_what_was_there_goes_with_vacuum_full(
    table: PostgresKeyTable, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_table, "REWRITTEN_BYTES_MAX", 0)
    table.overwrite([f"{GONE}.{PLACE}"], None)
    assert slice_of(table.read(GONE) or b"", PLACE) == DESTROYED
    assert lies_in_files(url, KEY)  # as the documentation says

    with psycopg.connect(url, autocommit=True) as line:
        line.execute("VACUUM FULL dialtrail_keys.key_batch")
    assert not lies_in_files(url, KEY)


def test_what_was_granted_on_the_table_stays(table: PostgresKeyTable, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("GRANT SELECT ON dialtrail_keys.key_batch TO pg_monitor")
        table.overwrite([f"{GONE}.{PLACE}"], None)
        granted = line.execute("SELECT has_table_privilege('pg_monitor', 'dialtrail_keys.key_batch', 'SELECT')")
        assert granted.fetchone() == (True,)
