"""The ledger's table in SQLite: the library's recorder, and what one transaction of the ledger can do."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from adapters.ledger.own_rows import OWN_ROW, own_text
from adapters.ledger.recorder import (
    PROBE_BYTES,
    PROBE_NAME,
    RESUMPTION,
    Clock,
    NewRow,
    Row,
    WriteSession,
    names_of_kind,
)
from adapters.ledger.sqlite.datastore import LedgerDatastore
from adapters.ledger.sqlite.errors import damage, translated
from adapters.ledger.sqlite.file_identity import file_identity
from adapters.ledger.sqlite.reading import ReaderCursor, fetched

ROWS_AN_INSERT_MAX = 200
IN_ORDER = "ORDER BY originator_id, originator_version"
STREAMS_A_QUERY_MAX = 500


class SqliteRecorder(SQLiteApplicationRecorder):
    """The library's application recorder on a table whose positions are never used twice."""

    datastore: LedgerDatastore
    own_sessions = ()
    lost = None  # who owns the folder has the file open, and it goes back with nothing

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        columns = "originator_id, originator_version, topic, state"
        self.insert_events_statement = f"INSERT INTO {events_table_name} ({columns}) VALUES (?,?,?,?)"
        self._insert_many = f"INSERT INTO {events_table_name} ({columns}) VALUES "
        self._select = f"SELECT rowid, originator_id, originator_version, topic, state FROM {events_table_name} "
        self._select_stream = (
            self._select + "WHERE originator_id=? AND originator_version>? ORDER BY originator_version LIMIT ?"
        )
        # The streams are named so that SQLite takes the index of these rows: it would go through all of the table.
        first, end, _ = names_of_kind("account")
        where = f"WHERE topic='{RESUMPTION}' AND originator_id>='{first}' AND originator_id<'{end}' AND rowid>? "
        self._select_resumptions = self._select + where + "ORDER BY rowid"
        # CROSS: one look into the index for each stream, however much there is of it.
        self._select_newer = (
            "WITH known(stream, version) AS (VALUES {}) "
            f"SELECT rowid, originator_id, originator_version, topic, state FROM known CROSS JOIN {events_table_name} "
            "ON originator_id=stream AND originator_version>version LIMIT ?"
        )

    def construct_create_table_statements(self) -> list[str]:
        """`rowid` under its own name and AUTOINCREMENT: VACUUM does not renumber it, deletion does not reuse it."""
        table = self.events_table_name
        return [
            (
                f"CREATE TABLE IF NOT EXISTS {table} (rowid INTEGER PRIMARY KEY AUTOINCREMENT, "
                "originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, "
                "UNIQUE (originator_id, originator_version))"
            ),
            f"CREATE INDEX IF NOT EXISTS {table}_resumptions ON {table} (originator_id) WHERE topic='{RESUMPTION}'",
            "CREATE TABLE IF NOT EXISTS ledger_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        ]

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        return self.insert(c, [(str(s.originator_id), s.originator_version, s.topic, s.state) for s in stored_events])

    def insert(self, c: SQLiteCursor, rows: Sequence[NewRow]) -> Sequence[int]:
        """Append; gives each event's position."""
        positions: list[int] = []
        for start in range(0, len(rows), ROWS_AN_INSERT_MAX):
            some = rows[start : start + ROWS_AN_INSERT_MAX]
            try:
                c.execute(self._insert_many + ",".join(["(?,?,?,?)"] * len(some)), list(chain.from_iterable(some)))
            except sqlite3.IntegrityError as error:
                raise IntegrityError(error) from error
            last = c.lastrowid
            positions += range(last - len(some) + 1, last + 1)
        return positions

    @contextmanager
    def writing(self, clock: Clock) -> Iterator[WriteSession]:
        """One transaction of the ledger, committed with an fsync at its end."""
        with translated(), self.datastore.transaction(commit=True) as cursor:
            yield SqliteSession(self, cursor, clock)

    def read_stream(self, stream: str, after_version: int = 0, up_to_position: int | None = None) -> list[Row]:
        """A stream's rows in order of version."""
        where, values = "WHERE originator_id=? AND originator_version>? ", [stream, after_version]
        if up_to_position is not None:
            where, values = where + "AND rowid<=? ", [*values, up_to_position]
        with self._reading() as cursor:
            cursor.execute(self._select + where + "ORDER BY originator_version", values)
            return cursor.fetchall()

    def read_stream_within(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """The same, but no further than the row with which their states have more than so many bytes."""
        with self._reading() as cursor:
            return self.select_stream(cursor, stream, after_version, rows_max, bytes_max)

    def select_stream(self, cursor: Any, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """The same, by the given cursor."""
        cursor.execute(self._select_stream, (stream, after_version, rows_max))
        rows: list[Row] = []
        size = 0
        while size <= bytes_max:
            row = cursor.fetchone()
            if row is None:
                return rows
            rows.append(tuple(row))
            size += len(row[4])
        cursor.execute("SELECT 1")  # the statement that was left is not open any more when the transaction ends
        cursor.fetchall()
        return rows

    def read_streams(self, streams: Sequence[str], up_to_position: int) -> list[Row]:
        """The rows of several streams up to a position, each stream's together and in order of version."""
        rows: list[Row] = []
        with self._reading() as cursor:
            for start in range(0, len(streams), STREAMS_A_QUERY_MAX):
                some = streams[start : start + STREAMS_A_QUERY_MAX]
                where = f"WHERE originator_id IN ({','.join('?' * len(some))}) AND rowid<=? "
                cursor.execute(self._select + where + IN_ORDER, (*some, up_to_position))
                rows += cursor.fetchall()
        return rows

    def read_newer(self, known: Sequence[tuple[str, int]], rows_max: int | None = None) -> list[Row]:
        """Of streams by name, the rows after the version that is known of each, in the ledger's order.

        At most so many in all: where there are more, which of them is not said.
        """
        rows: list[Row] = []
        with self._reading() as cursor:
            for start in range(0, len(known), STREAMS_A_QUERY_MAX):
                some = known[start : start + STREAMS_A_QUERY_MAX]
                limit = -1 if rows_max is None else rows_max - len(rows)
                cursor.execute(
                    self._select_newer.format(",".join(["(?,?)"] * len(some))), (*chain.from_iterable(some), limit)
                )
                rows += cursor.fetchall()
        return sorted(rows, key=itemgetter(0))

    def read_feed(self, after_position: int, rows_max: int, name: str | None = None) -> list[Row]:
        """Rows in the ledger's total order, after a position; or, at the next `rows_max` positions, those with this name."""
        with self._reading() as cursor:
            if name is None:
                return self.select_feed(cursor, after_position, rows_max)
            where = "WHERE rowid>?1 AND rowid<=?1+?2 AND topic=?3 ORDER BY rowid"
            cursor.execute(self._select + where, (after_position, rows_max, name))
            return cursor.fetchall()

    def select_feed(self, cursor: sqlite3.Cursor, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position, by the given cursor."""
        after = after_position if abs(after_position) < 2**63 else float(after_position)  # the driver's end there
        rows = fetched(cursor, self._select + "WHERE rowid>? ORDER BY rowid LIMIT ?", (after, rows_max))
        if rows and rows[-1][0] <= after_position:  # whoever reads on from there would never come to an end
            raise damage(f"the rows after position {after_position} end at {rows[-1][0]}")
        return rows

    def read_resumptions(self, after_position: int) -> list[Row]:
        """The rows of that name after a position, in order."""
        with self._reading() as cursor:
            cursor.execute(self._select_resumptions, (after_position,))
            return cursor.fetchall()

    def streams_of(self, kind: str) -> list[str]:
        """The names of all streams of a kind, in order."""
        with self._reading() as cursor:
            cursor.execute(
                f"SELECT DISTINCT originator_id FROM {self.events_table_name} WHERE originator_id>=?1 "
                "AND originator_id<?2 AND substr(originator_id, 1, length(?3))=?3 ORDER BY originator_id",
                names_of_kind(kind),
            )
            return [str(row[0]) for row in cursor.fetchall()]

    def known_streams(self, cursor: sqlite3.Cursor, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""
        known: set[str] = set()
        for start in range(0, len(streams), STREAMS_A_QUERY_MAX):
            some = streams[start : start + STREAMS_A_QUERY_MAX]
            marks = ",".join("?" * len(some))
            cursor.execute(
                f"SELECT originator_id FROM {self.events_table_name} "
                f"WHERE originator_version=1 AND originator_id IN ({marks})",
                list(some),
            )
            known.update(row[0] for row in cursor.fetchall())
        return known

    def last_stream(self, cursor: sqlite3.Cursor, kind: str) -> str | None:
        """The stream of a kind that was appended to last; found by name, for its last event may be far behind the end."""
        cursor.execute(
            f"SELECT originator_id FROM {self.events_table_name} WHERE originator_id>=?1 AND originator_id<?2 "
            "AND substr(originator_id, 1, length(?3))=?3 ORDER BY +rowid DESC LIMIT 1",
            names_of_kind(kind),
        )
        row = cursor.fetchone()
        return None if row is None else str(row[0])

    def write_and_remove(self, cursor: sqlite3.Cursor, name: str, value: str) -> None:
        """Set one of the ledger's own settings, by the given cursor, and forget it."""
        cursor.execute("INSERT INTO ledger_meta VALUES (?,?)", (name, value))
        cursor.execute("DELETE FROM ledger_meta WHERE name=?", (name,))

    def read_meta(self, name: str) -> str | None:
        """One of the ledger's own settings. Raises `LedgerUnusable` where it is no text."""
        with self._reading() as cursor:
            row = cursor.execute(OWN_ROW, (name,)).fetchone()
        return None if row is None else own_text(name, *row)

    def write_meta(self, values: dict[str, str], *, replace: bool = False) -> None:
        """Set some of the ledger's own settings, together; a name that is taken is an `IntegrityError`, unless `replace`."""
        with translated(), self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(
                f"INSERT {'OR REPLACE ' if replace else ''}INTO ledger_meta VALUES (?,?)", list(values.items())
            )

    def identity(self) -> Mapping[str, str | int]:
        """The file, as the operating system tells it from others."""
        with self._reading() as cursor:
            (_, _, path), *_ = cursor.execute("PRAGMA database_list").fetchall()
        return file_identity(Path(path))

    def wal_is_long(self) -> bool:
        """Whether the WAL is beyond its limit."""
        return self.datastore.wal.is_long()

    def shorten_wal(self) -> None:
        """Take it into the file, as far as nobody reads it."""
        self.datastore.shorten_wal()

    def _reading(self) -> ReaderCursor:
        return ReaderCursor(self.datastore.pool)


class SqliteSession:
    """What one transaction of the ledger can do in SQLite. This process is the only writer, so its folds stay true."""

    folds_stay_true = True
    clock_is_ours = True
    lease_epoch: int | None = None
    read_newer = None  # a question costs no way here

    def __init__(self, recorder: SqliteRecorder, cursor: Any, clock: Clock) -> None:
        self._recorder = recorder
        self._cursor = cursor
        self._clock = clock

    def now(self) -> datetime:
        """The clock of this process."""
        return self._clock()

    def last(self) -> None:
        """Nobody else appends."""

    def read_stream(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """A stream's rows after a version, no further than the one with which they have more than so many bytes."""
        with translated():
            return self._recorder.select_stream(self._cursor, stream, after_version, rows_max, bytes_max)

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position."""
        with translated():
            return _plain(self._recorder.select_feed(self._cursor, after_position, rows_max))

    def known_streams(self, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""
        with translated():
            return self._recorder.known_streams(self._cursor, streams)

    def last_stream(self, kind: str) -> str | None:
        """The stream of a kind that was appended to last."""
        with translated():
            return self._recorder.last_stream(self._cursor, kind)

    def append(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Insert, and give each event's position."""
        return self._recorder.insert(self._cursor, rows)

    def probe(self) -> None:
        """Take the pages for it, and give them back."""
        with translated():
            self._recorder.write_and_remove(self._cursor, PROBE_NAME, "x" * PROBE_BYTES)


def _plain(rows: Sequence[Any]) -> list[Row]:
    """Rows that the library's own cursor gave, as tuples."""
    return [tuple(row) for row in rows]
