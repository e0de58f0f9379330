"""Events that `dialtrail copy` moves a second: from a folder into PostgreSQL, from there into a folder, and between folders.

    python copying.py [EVENTS]

Each is the command itself, with its start. The floor is one process that reads the rows of the folder, inserts them into a
like table, 500 a commit, reads both again, and compares them. Of PostgreSQL the processor's time is that of our side.
"""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from history import make  # noqa: E402

from tests.adapters.ledger.postgres_server import running  # noqa: E402

EVENTS = 100_000
ROWS_A_COMMIT = 500
ROWS = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
COPIED = "SELECT stream, version, name, state FROM events WHERE position > ? ORDER BY position LIMIT ?"
INSERT = "INSERT INTO events (stream, version, name, state) VALUES (?,?,?,?)"
TABLE = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, "
    "stream TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (stream, version))"
)


def main(events: int) -> None:
    """All ways, and what each cost beside the floor."""
    with tempfile.TemporaryDirectory() as folder, running() as server:
        first, back, last = (Path(folder) / name for name in ("first", "back", "last"))
        made = make(first, events)
        print(f"{made:,} events, load {os.getloadavg()[0]:.0f}")
        spent = floor(first, Path(folder) / "floor.db")
        print(
            f"the rows alone, between files: {made / spent[0]:,.0f} events/s, {spent[1] / made * 1e6:.0f} µs of processor an event"
        )
        for source, target in pairwise([first, server.new_database(), back, last]):
            seconds, busy = copied(source, target, first)
            print(
                f"{shown(source)} -> {shown(target)}: {made / seconds:,.0f} events/s, {busy / made * 1e6:.0f} µs of processor an "
                f"event, {busy / spent[1]:.1f} times the floor's"
            )


def copied(source: Path | str, target: Path | str, home: Path) -> tuple[float, float]:
    """Seconds, and those of the processor."""
    place = (
        {"DIALTRAIL_HOME": str(source)}
        if isinstance(source, Path)
        else {"DIALTRAIL_HOME": str(home), "DIALTRAIL_DATABASE_URL": source}
    )
    command = [sys.executable, "-m", "entrypoints.cli", "copy", "--yes", "--to", str(target)]
    began, before = perf_counter(), busy_children()
    subprocess.run(command, cwd=ROOT, env={"PATH": os.defpath, **place}, check=True, capture_output=True)
    return perf_counter() - began, busy_children() - before


def floor(folder: Path, file: Path) -> tuple[float, float]:
    """The same for the rows alone."""
    began, before = perf_counter(), process_time()
    with closing(sqlite3.connect(folder / "ledger.db")) as source, closing(sqlite3.connect(file)) as target:
        target.executescript(TABLE)
        position = 0
        while rows := source.execute(ROWS, (position, ROWS_A_COMMIT)).fetchall():
            with target:
                target.executemany(INSERT, rows)
            position += len(rows)
        for after in range(0, position, ROWS_A_COMMIT):
            ours, theirs = (
                one.execute(sql, (after, ROWS_A_COMMIT)).fetchall() for one, sql in ((source, ROWS), (target, COPIED))
            )
            if ours != theirs:
                raise SystemExit("the copy is not the same")
    return perf_counter() - began, process_time() - before


def busy_children() -> float:
    """Seconds of the processor that processes which were started and have ended used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(place: Path | str) -> str:
    """What kind of place it is."""
    return "a folder" if isinstance(place, Path) else "PostgreSQL"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
