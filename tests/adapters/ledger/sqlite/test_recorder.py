import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent

from adapters.ledger import Ledger
from adapters.ledger.sqlite import LedgerDatastore, SqliteRecorder
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX, Clock, create, do, feed, in_thread, open_ledger
from tests.child_process import ChildProcess

CHECKOUT = Path(__file__).resolve().parents[4]
ACKNOWLEDGED_BEFORE_THE_KILL = 50


def recorder_of(ledger: Ledger) -> SqliteRecorder:
    recorder = ledger._recorder
    assert isinstance(recorder, SqliteRecorder)
    return recorder


def run(what: str, folder: Path) -> "ChildProcess[str]":
    command = [sys.executable, "-m", "tests.adapters.ledger.processes", what, str(folder)]
    return ChildProcess(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_each_commit_is_synced_to_the_disk(ledger: Ledger) -> None:
    writer = recorder_of(ledger).datastore.writer
    assert writer.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert writer.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_readers_neither_write_nor_checkpoint(ledger: Ledger) -> None:
    do(ledger, create("c0"))
    with recorder_of(ledger).datastore.get_connection(commit=False) as reader:
        connection = cast("Any", reader)._sqlite_conn
        assert connection is not recorder_of(ledger).datastore.writer
        assert connection.execute("PRAGMA query_only").fetchone()[0] == 1
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0
        for statement in (
            "DELETE FROM stored_events",
            "INSERT INTO ledger_meta VALUES ('a', 'b')",
            "CREATE TABLE another (a)",
            "PRAGMA user_version=7",
        ):
            with pytest.raises(sqlite3.OperationalError, match="attempt to write a readonly database"):
                connection.execute(statement)
    assert len(feed(ledger)) == 1


def test_everything_that_writes_uses_the_one_connection(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    statements: list[str] = []
    recorder.datastore.writer.set_trace_callback(statements.append)

    do(ledger, create("c0"))
    recorder.write_meta({"colour": "blue"})
    recorder.insert_events([StoredEvent("call:1", 1, "call.created", b"{}")])
    recorder.create_table()
    recorder.datastore.writer.set_trace_callback(None)

    assert sum(s.startswith("INSERT INTO stored_events") for s in statements) == 2
    assert sum(s.startswith("INSERT INTO ledger_meta") for s in statements) == 1
    assert statements.count("COMMIT") == 4


def test_the_library_s_way_to_write_waits_for_a_transaction_of_ours(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    with recorder.writing(Clock()) as session:
        assert recorder.datastore._writing.locked()
        session.append([("call:1", 1, "call.created", b"{}")])
    assert not recorder.datastore._writing.locked()
    assert recorder.insert_events([StoredEvent("call:1", 2, "call.answered", b"{}")]) == [2]


def test_positions_are_never_used_twice(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    recorder.insert_events([StoredEvent("call:1", v, "call.created", b"{}") for v in (1, 2, 3)])
    with closing(sqlite3.connect(next(Path(r["file"]) for r in _databases(recorder)))) as other, other:
        other.execute("DELETE FROM stored_events WHERE rowid > 1")

    assert recorder.insert_events([StoredEvent("call:1", 2, "call.created", b"{}")]) == [4]


def test_vacuum_leaves_positions_as_they_are(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    recorder.insert_events([StoredEvent("call:1", v, "call.created", b"{}") for v in (1, 2, 3)])
    recorder.datastore.writer.execute("DELETE FROM stored_events WHERE rowid = 2")
    recorder.datastore.writer.execute("VACUUM")

    assert [row[0] for row in recorder.read_feed(0, 10)] == [1, 3]


def test_a_commit_of_many_events_gives_each_its_position(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    events = [StoredEvent(f"call:{n}", 1, "call.created", b"{}") for n in range(450)]

    assert recorder.insert_events(events) == list(range(1, 451))
    assert [row[1] for row in recorder.read_feed(0, 1_000)] == [e.originator_id for e in events]
    assert recorder.insert_events([]) == []


def test_a_version_that_is_taken_takes_the_whole_transaction_back(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    recorder.insert_events([StoredEvent("call:1", 1, "call.created", b"{}")])

    with pytest.raises(IntegrityError), recorder.writing(Clock()) as session:
        session.append([(f"call:{n}", 1, "call.created", b"{}") for n in (2, 1)])

    assert [row[:3] for row in recorder.read_feed(0, 10)] == [(1, "call:1", 1)]
    assert recorder.insert_events([StoredEvent("call:1", 2, "call.answered", b"{}")]) == [2]


def test_when_the_clock_was_set_right_is_found_without_a_look_through_all_events(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    with recorder.datastore.get_connection(commit=False) as reader:
        connection = cast("Any", reader)._sqlite_conn
        plan = connection.execute(f"EXPLAIN QUERY PLAN {recorder._select_resumptions}", (0,)).fetchall()
    assert plan[0][3].startswith("SEARCH stored_events USING INDEX stored_events_resumptions")


def test_a_setting_of_the_ledger_is_written_once(ledger: Ledger) -> None:
    recorder = recorder_of(ledger)
    recorder.write_meta({"colour": "blue"})
    with pytest.raises(IntegrityError):
        recorder.write_meta({"shade": "dark", "colour": "red"})

    assert recorder.read_meta("colour") == "blue"
    assert recorder.read_meta("shade") is None


def test_a_database_without_wal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match=r"needs SQLite's WAL mode, and got memory"):
        LedgerDatastore("file::memory:")


def test_everything_is_in_the_one_file_once_the_ledger_is_closed(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    do(ledger, create("c0"))
    assert (tmp_path / "ledger.db-wal").stat().st_size > 0
    ledger.close()

    assert {path.name for path in tmp_path.iterdir()} - {"keys"} == {"ledger.db"}


def test_closing_waits_for_those_who_read(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    do(ledger, create("c0"))
    datastore = recorder_of(ledger).datastore
    with datastore.get_connection(commit=False) as reader:
        closing_thread = in_thread(ledger.close)
        while not datastore.pool._is_closing:
            closing_thread.join(0.001)

        assert not reader.closed
        assert closing_thread.is_alive()
        with pytest.raises(LedgerUnavailable, match=r"could not be read \(the ledger is closed\); try again"):
            ledger.read_feed(0)

    closing_thread.join(WAIT_SECONDS_MAX)
    assert not closing_thread.is_alive()
    assert reader.closed


def test_closing_does_not_wait_for_ever_and_closes_nothing_that_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.sqlite.datastore.CLOSE_TIMEOUT_SECONDS", 0.05)
    ledger = open_ledger(tmp_path)
    do(ledger, create("c0"))
    datastore = recorder_of(ledger).datastore
    reader, writing = datastore.pool.get_connection(is_writer=False), datastore._writing

    with writing:
        ledger.close()

        assert not reader.closed
        assert reader.cursor().sqlite_cursor.execute("SELECT count(*) FROM stored_events").fetchone()[0] == 1
        assert datastore.writer.execute("SELECT count(*) FROM stored_events").fetchone()[0] == 1
    reader.close()
    datastore.writer.close()


def test_readers_that_are_busy_when_the_ledger_closes_are_told_so_and_nothing_worse(tmp_path: Path) -> None:
    for turn in range(5):
        ledger = open_ledger(tmp_path)
        do(ledger, create(f"c{turn}"))
        told: list[str] = []

        def read(ledger: Ledger = ledger, told: list[str] = told) -> None:
            try:
                while True:
                    ledger.read_feed(0)
            except LedgerUnavailable as error:
                told.append(str(error))

        threads = [in_thread(read) for _ in range(4)]
        ledger.close()
        for thread in threads:
            thread.join(WAIT_SECONDS_MAX)
        assert told == ["the ledger could not be read (the ledger is closed); try again"] * 4


def test_everything_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    with run("acknowledge", tmp_path) as process:
        assert process.stdout is not None
        acknowledged = [json.loads(process.stdout.readline()) for _ in range(ACKNOWLEDGED_BEFORE_THE_KILL)]
        process.kill()
        acknowledged += [json.loads(line) for line in process.stdout.read().splitlines() if line.endswith('"')]

    ledger = open_ledger(tmp_path)
    stored = [r.stream.removeprefix("campaign:") for r in feed(ledger)]
    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) <= len(acknowledged) + 1
    assert do(ledger, create("after")) == "after"
    ledger.close()


def test_a_full_disk_refuses_each_command_stores_none_of_it_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with run("fill", tmp_path) as process:
        said, _ = process.communicate(timeout=60)
    told = json.loads(said)

    assert told["errors"] == ["LedgerUnavailable"] * 3
    assert told["different"] == 3
    assert "the ledger could not be written" in told["trouble"]
    assert told["stored"] >= 2
    assert told["after"] == told["stored"] + 1
    ledger = open_ledger(tmp_path)
    expected = ["first", *(f"c{n}" for n in range(1, told["stored"])), "after"]
    assert [r.stream.removeprefix("campaign:") for r in feed(ledger)] == expected
    ledger.close()


def _databases(recorder: SqliteRecorder) -> Iterator[dict[str, str]]:
    for row in recorder.datastore.writer.execute("PRAGMA database_list"):
        yield dict(row)
