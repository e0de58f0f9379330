"""Somebody reads the ledger's file for long: its WAL grows, and becomes small again once they have gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.ledger import Ledger, open_sqlite_ledger, writer
from adapters.ledger.sqlite import SqliteRecorder
from adapters.wal_files import wal_bytes
from domain.campaign import Plan
from tests.adapters.ledger.stage import KEY, WAIT_SECONDS_MAX, Clock, create, do, event_ids, feed, wait_for

LIMIT = 200_000
LARGE = Plan(caller_number="+15550100001", metadata={f"note_{place}": "x" * 250 for place in range(16)})
GROWN = 80
"""So many campaigns of that size that the WAL is beyond its limit."""


def opened(folder: Path) -> Ledger:
    return open_sqlite_ledger(
        folder, clock=Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, wal_bytes_max=LIMIT
    )


@contextmanager
def somebody_reads(folder: Path) -> Iterator[None]:
    """A moment of the file is held by another program."""
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM stored_events").fetchone()
        yield
        reader.execute("ROLLBACK")


def grow(ledger: Ledger, begin: int = 0) -> None:
    for place in range(begin, begin + GROWN):
        do(ledger, create(f"c{place}", LARGE))


def test_a_wal_that_a_reader_held_open_is_cut_back_when_the_reader_has_gone_though_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.001)
    with closing(opened(tmp_path)) as ledger:
        do(ledger, create("first"))
        with somebody_reads(tmp_path):
            grow(ledger)
            assert wal_bytes(tmp_path / "ledger.db") > LIMIT
        wait_for(lambda: wal_bytes(tmp_path / "ledger.db") == 0)
        do(ledger, create("last"))
        assert (len(feed(ledger)), ledger.trouble) == (GROWN + 2, None)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_ledger_that_is_never_idle_cuts_its_wal_back_as_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", WAIT_SECONDS_MAX * 10)
    with closing(opened(tmp_path)) as ledger:
        do(ledger, create("first"))
        with somebody_reads(tmp_path):
            for begin in (0, GROWN, 2 * GROWN, 3 * GROWN, 4 * GROWN, 5 * GROWN, 6 * GROWN, 7 * GROWN, 8 * GROWN):
                grow(ledger, begin)
        before = wal_bytes(tmp_path / "ledger.db")
        for place in range(3):
            do(ledger, create(f"then{place}"))
        assert wal_bytes(tmp_path / "ledger.db") <= LIMIT < before


def test_cutting_back_waits_for_no_reader_and_forgets_no_wait_for_writers(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as ledger:
        recorder = ledger._recorder
        assert isinstance(recorder, SqliteRecorder)
        with somebody_reads(tmp_path):
            do(ledger, create("first"))
            recorder.shorten_wal()
            assert recorder.datastore.writer.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
            assert wal_bytes(tmp_path / "ledger.db") > 0
        recorder.shorten_wal()
        assert wal_bytes(tmp_path / "ledger.db") == 0
        assert not recorder.wal_is_long()
