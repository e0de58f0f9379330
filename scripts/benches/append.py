"""Events appended a second by the ledger alone, beside raw inserts of the same rows, on SQLite and on PostgreSQL.

    python append.py [ROUNDS]

A commit is 100 reports of MiniVoice, deduplicated, folded, decided and encoded; once more in a sealed ledger. The floor is one INSERT of the same rows a
commit, as they were stored, into a table that is made alike. Both wait for the disk, and take turns in each round. Where others
use the machine, the ratio of the processor's time says more than that of the rates; of PostgreSQL it is that of our side.
"""

import secrets
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Protocol

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import psycopg  # noqa: E402
from load import delivery  # noqa: E402

from adapters.ledger import Ledger, Sealing, open_ledger  # noqa: E402
from adapters.ledger.transaction import Transaction  # noqa: E402
from adapters.minivoice_webhook import ReceivedReport, read_delivery  # noqa: E402
from application.commands.calls import ReceiveReport, receive_report  # noqa: E402
from entrypoints.process import new_id, tune_gc, utc_now  # noqa: E402
from tests.adapters.ledger.postgres_server import running  # noqa: E402

ROUNDS = 30
COMMITS_A_ROUND = 10
EVENTS_A_COMMIT = 100
CALLS_AT_ONCE = 25
METADATA = {"actor": "webhook", "received_at": "2026-05-29T12:10:00.000000Z"}
HEADERS = {
    "content-type": "application/json",
    "x-minivoice-timestamp": "1780056600",
    "x-minivoice-signature": "v1=" + "0" * 64,
}
BUDGETS = {"SQLite, sealed": "none of its own", "SQLite": "at least 0.4, aim 0.5", "PostgreSQL": "at least 0.5"}
A_COMMIT_OF_MARKS = ",".join(["(?,?,?,?)"] * EVENTS_A_COMMIT)
INSERT = f"INSERT INTO events (stream, version, name, state) VALUES {A_COMMIT_OF_MARKS}"  # noqa: S608 - marks alone
Stored = tuple[str, int, str, bytes]


class Floor(Protocol):
    """A table like the ledger's, in a database of its own."""

    def insert(self, rows: Sequence[Stored]) -> None:
        """All of them in one commit."""


class SqliteFloor:
    """In a file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, "
            "version INTEGER NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (stream, version))"
        )

    def insert(self, rows: Sequence[Stored]) -> None:
        """All of them in one commit."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(INSERT, [value for row in rows for value in row])
        self._connection.execute("COMMIT")


class PostgresFloor:
    """In a database of the same server."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            "CREATE TABLE events (position bigint GENERATED ALWAYS AS IDENTITY, stream text NOT NULL, version bigint, "
            "name text, state bytea, PRIMARY KEY (stream, version))"
        )
        self._connection.execute("CREATE UNIQUE INDEX ON events (position)")

    def insert(self, rows: Sequence[Stored]) -> None:
        """All of them in one commit."""
        self._connection.execute(
            "INSERT INTO events (stream, version, name, state) "
            "SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])",
            [list(column) for column in zip(*rows, strict=True)],
            prepare=True,
        )


class AllOf:
    """The commands of a commit as one."""

    def __init__(self, commands: Sequence[ReceiveReport]) -> None:
        self._commands = commands
        self.reads = [stream for command in commands for stream in command.reads]

    def __call__(self, tx: Transaction) -> None:
        """Decide them in order."""
        for command in self._commands:
            command(tx)


def reports() -> Iterator[ReceivedReport]:
    """Those of ever new calls, four a call, of which so many are under way at once."""
    for number in count():
        turn, call = divmod(number, CALLS_AT_ONCE)
        _, _, body = delivery(call, turn, b"change-me", "/").partition(b"\r\n\r\n")
        yield read_delivery(body, HEADERS)


def append(ledger: Ledger, commits: Iterable[Sequence[ReceivedReport]]) -> None:
    """Each in one transaction."""
    for some in commits:
        decide = AllOf([receive_report(one.call_id, one.report, one.as_packed) for one in some])
        ledger.execute_and_wait(decide, lane="webhooks", metadata=METADATA)


def measure(name: str, ledger: Ledger, floor: Floor, rounds: int) -> None:
    """Both in turn; what came of it as one line."""
    told, taken = reports(), dict[str, list[tuple[float, float]]](ledger=[], floor=[])
    for turn in range(rounds + 1):
        commits = [[next(told) for _ in range(EVENTS_A_COMMIT)] for _ in range(COMMITS_A_ROUND)]
        position, began, used = ledger.position, perf_counter(), process_time()
        append(ledger, commits)
        mine = perf_counter() - began, process_time() - used
        rows = [
            row[1:]
            for row in ledger._recorder.read_feed(position, COMMITS_A_ROUND * EVENTS_A_COMMIT)  # noqa: SLF001
        ]
        grouped = [rows[at : at + EVENTS_A_COMMIT] for at in range(0, len(rows), EVENTS_A_COMMIT)]
        began, used = perf_counter(), process_time()
        for some in grouped:
            floor.insert(some)
        if turn:  # the first is for the caches
            taken["ledger"].append(mine)
            taken["floor"].append((perf_counter() - began, process_time() - used))
    events = EVENTS_A_COMMIT * COMMITS_A_ROUND
    (wall, cpu), (floor_wall, floor_cpu) = (
        [median(column) for column in zip(*taken[w], strict=True)] for w in ("ledger", "floor")
    )
    print(
        f"{name}: {events / wall:,.0f} events/s, raw inserts {events / floor_wall:,.0f}: {floor_wall / wall:.2f} "
        f"({BUDGETS[name]}); processor {cpu / events * 1e6:.1f} µs an event, raw {floor_cpu / events * 1e6:.1f}",
        flush=True,
    )


def main(rounds: int) -> None:
    """Both databases, one after the other."""
    ids = {"clock": utc_now, "new_event_id": new_id, "new_key": bytes}
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as folder:
        ledger = open_ledger(Path(folder), None, **ids)
        tune_gc()
        measure("SQLite", ledger, SqliteFloor(Path(folder) / "floor.db"), rounds)
        ledger.close()
        with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as sealed:
            sealing = Sealing(new_bytes=secrets.token_bytes, begins=True)
            ledger = open_ledger(Path(sealed), None, sealing=sealing, **ids)
            measure("SQLite, sealed", ledger, SqliteFloor(Path(sealed) / "floor.db"), rounds)
            ledger.close()
        with running() as server:
            ledger = open_ledger(Path(folder), server.new_database(), **ids)
            measure("PostgreSQL", ledger, PostgresFloor(server.new_database()), rounds)
            ledger.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
