"""The ledger's table in SQLite: the library's recorder with one connection that writes, and readers that cannot.

SQLite before 3.51.3 can lose a commit when two connections write or checkpoint a WAL at the same time; with one that
does both, and readers that do neither, it cannot.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    DatabaseError,
    IntegrityError,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)

from adapters.ledger.recorder import PROBE_BYTES, PROBE_NAME, Clock, Row, WriteSession

WRITER_CACHE_KIB = 16_384
CACHED_STATEMENTS_MAX = 128
BUSY_TIMEOUT_MS = 5_000
ROWS_AN_INSERT_MAX = 200
IN_ORDER = "ORDER BY originator_id, originator_version"
STREAMS_A_QUERY_MAX = 500
CLOSE_TIMEOUT_SECONDS = 10.0
CLOSE_POLL_SECONDS = 0.05


class ReaderPool(SQLiteConnectionPool):
    """Connections that can only read, and never checkpoint."""

    _is_closing = False

    def get_connection(self, timeout: float | None = None, *, is_writer: bool | None = None) -> SQLiteConnection:
        """A connection, unless the pool is closing."""
        if not self._is_closing:
            with suppress(ConnectionPoolClosedError):
                connection = super().get_connection(timeout, is_writer=is_writer)
                if not self._closed:
                    return connection
                connection.close()
        raise ConnectionPoolClosedError("the ledger is closed")

    def close(self) -> None:
        """Wait for those who read: a connection that is closed under its statement brings the whole process down.

        Who reads for too long keeps a connection that nobody closes.
        """
        self._is_closing = True
        deadline = monotonic() + CLOSE_TIMEOUT_SECONDS
        with self._put_condition:
            while self._in_use and not self._closed and monotonic() < deadline:
                self._put_condition.wait(CLOSE_POLL_SECONDS)
            self._in_use.clear()
            super().close()

    def _create_connection(self) -> SQLiteConnection:
        connection = connect(self.db_name)
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


def connect(db_name: str) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any one thread at a time."""
    connection = sqlite3.connect(
        db_name,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=CACHED_STATEMENTS_MAX,
        timeout=BUSY_TIMEOUT_MS / 1000,
    )
    connection.row_factory = sqlite3.Row
    return connection


class LedgerDatastore(SQLiteDatastore):
    """One connection that writes and checkpoints, with WAL and an fsync for each commit, beside a pool of readers."""

    def __init__(self, db_name: str, **kwargs: Any) -> None:
        super().__init__(db_name, **kwargs)
        self._writing = Lock()
        with _translated():
            self.writer = connect(db_name)
            mode = self.writer.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            self.writer.execute("PRAGMA synchronous=FULL")
            self.writer.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
            # An insert of many rows keeps a journal of its own: by default a file, made and unlinked each time.
            self.writer.execute("PRAGMA temp_store=MEMORY")
        if mode != "wal":
            raise OperationalError(
                f"the ledger needs SQLite's WAL mode, and got {mode}: is the folder on a network drive?"
            )
        self.pool.close()
        self.pool = ReaderPool(db_name=db_name)

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """The writer, alone, or a reader."""
        if not commit:
            with super().get_connection(commit=False) as reader:
                yield reader
            return
        with self._writing:
            yield _Kept(sqlite_conn=self.writer, max_age=None)

    def close(self) -> None:
        """Close the readers, then the writer, which takes the WAL into the file."""
        super().close()
        writer = getattr(self, "writer", None)
        if writer is not None and self._writing.acquire(timeout=CLOSE_TIMEOUT_SECONDS):
            writer.close()
            self._writing.release()


class ReadOnlyDatastore(SQLiteDatastore):
    """Readers alone, in a process that does not own the ledger. `db_name` says `mode=ro`: nothing here can checkpoint."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text", single_row_tracking=True)
        self.pool.close()
        self.pool = ReaderPool(db_name=db_name)


class _Kept(SQLiteConnection):
    """The writer's connection in the library's clothes: it stays open when they are put away."""

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        pass


class SqliteRecorder(SQLiteApplicationRecorder):
    """The library's application recorder on a table whose positions are never used twice."""

    datastore: LedgerDatastore

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        columns = "originator_id, originator_version, topic, state"
        self.insert_events_statement = f"INSERT INTO {events_table_name} ({columns}) VALUES (?,?,?,?)"
        self._insert_many = f"INSERT INTO {events_table_name} ({columns}) VALUES "
        self._select = f"SELECT rowid, originator_id, originator_version, topic, state FROM {events_table_name} "

    def construct_create_table_statements(self) -> list[str]:
        """`rowid` under its own name and AUTOINCREMENT: VACUUM does not renumber it, deletion does not reuse it."""
        events_table = (
            f"CREATE TABLE IF NOT EXISTS {self.events_table_name} ("
            "rowid INTEGER PRIMARY KEY AUTOINCREMENT, "
            "originator_id TEXT NOT NULL, "
            "originator_version INTEGER NOT NULL, "
            "topic TEXT NOT NULL, "
            "state BLOB NOT NULL, "
            "UNIQUE (originator_id, originator_version))"
        )
        return [
            events_table,
            "CREATE TABLE IF NOT EXISTS ledger_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        ]

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        positions: list[int] = []
        for start in range(0, len(stored_events), ROWS_AN_INSERT_MAX):
            some = stored_events[start : start + ROWS_AN_INSERT_MAX]
            parameters: list[object] = []
            for s in some:
                parameters += (str(s.originator_id), s.originator_version, s.topic, s.state)
            try:
                c.execute(self._insert_many + ",".join(["(?,?,?,?)"] * len(some)), parameters)
            except sqlite3.IntegrityError as error:
                raise IntegrityError(error) from error
            last = c.lastrowid
            positions += range(last - len(some) + 1, last + 1)
        return positions

    @contextmanager
    def writing(self, clock: Clock) -> Iterator[WriteSession]:
        """One transaction of the ledger, committed with an fsync at its end."""
        with _translated(), self.datastore.transaction(commit=True) as cursor:
            yield SqliteSession(self, cursor, clock)

    def read_stream(self, stream: str, after_version: int = 0, up_to_position: int | None = None) -> list[Row]:
        """A stream's rows in order of version."""
        with self._reading() as cursor:
            return self.select_stream(cursor, stream, after_version, up_to_position)

    def select_stream(
        self, cursor: sqlite3.Cursor, stream: str, after_version: int, up_to_position: int | None = None
    ) -> list[Row]:
        """The rows of a stream after a version, by the given cursor."""
        if up_to_position is None:
            where, values = "WHERE originator_id=? AND originator_version>? ", (stream, after_version)
        else:
            where = "WHERE originator_id=? AND originator_version>? AND rowid<=? "
            values = (stream, after_version, up_to_position)  # type: ignore[assignment]
        cursor.execute(self._select + where + "ORDER BY originator_version", values)
        return cursor.fetchall()

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

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows in the ledger's total order, after a position."""
        with self._reading() as cursor:
            return self.select_feed(cursor, after_position, rows_max)

    def select_feed(self, cursor: sqlite3.Cursor, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position, by the given cursor."""
        cursor.execute(self._select + "WHERE rowid>? ORDER BY rowid LIMIT ?", (after_position, rows_max))
        return cursor.fetchall()

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

    def write_and_remove(self, cursor: sqlite3.Cursor, name: str, value: str) -> None:
        """Set one of the ledger's own settings, by the given cursor, and forget it."""
        cursor.execute("INSERT INTO ledger_meta VALUES (?,?)", (name, value))
        cursor.execute("DELETE FROM ledger_meta WHERE name=?", (name,))

    def read_meta(self, name: str) -> str | None:
        """One of the ledger's own settings."""
        with self._reading() as cursor:
            cursor.execute("SELECT value FROM ledger_meta WHERE name=?", (name,))
            row = cursor.fetchone()
            return None if row is None else str(row[0])

    def write_meta(self, values: dict[str, str]) -> None:
        """Set some of the ledger's own settings, together; a name that is taken is an `IntegrityError`."""
        with _translated(), self.datastore.transaction(commit=True) as cursor:
            cursor.executemany("INSERT INTO ledger_meta VALUES (?,?)", list(values.items()))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        with _translated(), self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor().sqlite_cursor
            cursor.row_factory = None
            try:
                yield cursor
            finally:
                cursor.close()


class SqliteSession:
    """What one transaction of the ledger can do in SQLite. This process is the only writer, so its folds stay true."""

    folds_stay_true = True

    def __init__(self, recorder: SqliteRecorder, cursor: Any, clock: Clock) -> None:
        self._recorder = recorder
        self._cursor = cursor
        self._clock = clock

    def now(self) -> datetime:
        """The clock of this process."""
        return self._clock()

    def last(self) -> None:
        """Nobody else appends."""

    def read_stream(self, stream: str, after_version: int) -> list[Row]:
        """A stream's rows after a version."""
        with _translated():
            return _plain(self._recorder.select_stream(self._cursor, stream, after_version))

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position."""
        with _translated():
            return _plain(self._recorder.select_feed(self._cursor, after_position, rows_max))

    def known_streams(self, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""
        with _translated():
            return self._recorder.known_streams(self._cursor, streams)

    def append(self, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Insert, and give each event's position."""
        return self._recorder._insert_events(self._cursor, events) or []  # noqa: SLF001 - the library's extension point

    def probe(self) -> None:
        """Take the pages for it, and give them back."""
        with _translated():
            self._recorder.write_and_remove(self._cursor, PROBE_NAME, "x" * PROBE_BYTES)


class SqliteFactory(SQLiteFactory):
    """The library's factory with our recorder and datastore."""

    application_recorder_class = SqliteRecorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.datastore.close()
        self.datastore = LedgerDatastore(
            db_name=self.env[self.SQLITE_DBNAME], originator_id_type="text", single_row_tracking=True
        )


def _plain(rows: Sequence[Any]) -> list[Row]:
    """Rows that the library's own cursor gave, as tuples."""
    return [tuple(row) for row in rows]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseError(error) from error
    except sqlite3.Error as error:
        raise PersistenceError(error) from error
