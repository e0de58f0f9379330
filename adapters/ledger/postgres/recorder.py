"""The ledger's table in PostgreSQL: the library's recorder, in transactions that hold the table's lock from their first read.

Who holds the lock is the only writer, so that what a command has read is still true when its events are inserted,
positions are in the order of commits, and the server's clock, read inside the lock, is the one clock of the ledger.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import TypeVar

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, ProgrammingError
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier, Literal

from adapters.ledger.postgres.connections import NotConnected
from adapters.ledger.postgres.datastore import ServerDatastore
from adapters.ledger.postgres.errors import translated
from adapters.ledger.postgres.known_end import KnownEnd
from adapters.ledger.postgres.statements import CREATE_LEASES, IDENTITY, Statements, is_text
from adapters.ledger.postgres.unknown import find_out
from adapters.ledger.recorder import (
    PROBE_BYTES,
    PROBE_NAME,
    RESUMPTION,
    Clock,
    LastEvent,
    NewRow,
    Row,
    WriteSession,
    names_of_kind,
)

TABLE_CREATION_LOCK = 0x0D1A_174A
Cursor = psycopg.Cursor[TupleRow]
ResultT = TypeVar("ResultT")


class PostgresRecorder(PostgresApplicationRecorder):
    """The library's application recorder, with the ledger's transactions and settings."""

    datastore: ServerDatastore

    def __init__(self, datastore: ServerDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        del self.sql_create_statements[self.create_insert_function_statement_index]
        table, meta = Identifier(datastore.schema, events_table_name), Identifier(datastore.schema, "ledger_meta")
        self.sql_create_statements += [
            SQL("CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, value text NOT NULL)").format(meta),
            SQL("CREATE INDEX IF NOT EXISTS {} ON {} (notification_id) WHERE topic={}").format(
                Identifier(f"{events_table_name}_resumptions"), table, Literal(RESUMPTION)
            ),
            CREATE_LEASES,
        ]
        self._sql = Statements(table, meta, datastore.lock_timeout)
        self._own_position = 0
        self._end = KnownEnd(self._sql.select_state, self._sql.has_events)

    @property
    def lost(self) -> tuple[int, bytes] | None:
        """Position and state of an event that was stored, and that the server lacks now; None where there is none."""
        return self._end.lost

    def create_table(self) -> None:
        """Make what is missing; processes that start together take turns."""
        with self.datastore.pool.patient(), self.datastore.transaction(commit=True) as turn:
            turn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for the other connection
            turn.execute("SELECT pg_advisory_xact_lock(%s)", (TABLE_CREATION_LOCK,))
            super().create_table()

    @contextmanager
    def writing(self, clock: Clock) -> Iterator[WriteSession]:  # noqa: ARG002 - the server's clock is the ledger's
        """One transaction of the ledger, from the table's lock to its commit.

        Where the connection breaks while the commit is under way, the server is asked what became of it; if it cannot
        say, `CommitUnknown`.
        """
        session: PostgresSession | None = None
        try:
            with self._end.connection(self.datastore) as connection:
                connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
                with connection.transaction(), connection.cursor(row_factory=tuple_row, binary=True) as cursor:
                    session = self._session(cursor)
                    yield session
                    session.is_committing = True
        except (InterfaceError, OperationalError) as error:
            if session is None or not session.is_committing or session.transaction_id is None:
                raise
            find_out(self.datastore, self._lock_table, session.transaction_id, error)
        self._own_position = max(self._own_position, session.position)
        if session.last_state is not None:
            self._end.know(session.position, session.last_state)

    def _session(self, cursor: Cursor) -> "PostgresSession":
        cursor.execute(self._sql.lock, prepare=False, binary=False)
        while cursor.nextset():
            pass
        [(now, last, fsync, lease_epoch)] = cursor.fetchall()
        if fsync == "off":
            raise OperationalError(
                "PostgreSQL's fsync is off, so that what is acknowledged could be lost: set it to on"
            )
        return PostgresSession(self, cursor, now.astimezone(UTC), last or 0, lease_epoch)

    def read_stream(self, stream: str, after_version: int = 0, up_to_position: int | None = None) -> list[Row]:
        """A stream's rows in order of version."""
        if not is_text(stream):
            return []
        statement, wanted = self._sql.select_stream, (stream, after_version)
        if up_to_position is not None:
            statement, wanted = self._sql.select_stream_up_to, (*wanted, up_to_position)  # type: ignore[assignment]
        return self._read(lambda cursor: cursor.execute(statement, wanted, prepare=True).fetchall())

    def read_stream_within(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """The same, but no further than the row with which their states have more than so many bytes."""
        return self._read(lambda cursor: self.select_stream(cursor, stream, after_version, rows_max, bytes_max))

    def select_stream(
        self, cursor: Cursor, stream: str, after_version: int, rows_max: int, bytes_max: int
    ) -> list[Row]:
        """The same, by the given cursor."""
        if not is_text(stream):
            return []
        wanted = (stream, after_version, rows_max, bytes_max)
        return cursor.execute(self._sql.select_stream_within, wanted, prepare=True).fetchall()

    def read_streams(self, streams: Sequence[str], up_to_position: int) -> list[Row]:
        """The rows of several streams up to a position, each stream's together and in order of version."""
        wanted = (list(filter(is_text, streams)), up_to_position)
        return self._read(lambda cursor: cursor.execute(self._sql.select_streams, wanted, prepare=True).fetchall())

    def read_newer(self, known: Sequence[tuple[str, int]], rows_max: int | None = None) -> list[Row]:
        """Of streams by name, the rows after the version that is known of each, in the ledger's order.

        At most so many in all: where there are more, which of them is not said.
        """
        wanted = [one for one in known if is_text(one[0])]
        asked = ([stream for stream, _ in wanted], [version for _, version in wanted], rows_max)
        found = self._read(lambda cursor: cursor.execute(self._sql.select_newer, asked, prepare=True).fetchall())
        return sorted(found, key=itemgetter(0))

    def read_feed(self, after_position: int, rows_max: int, name: str | None = None) -> list[Row]:
        """Rows in the ledger's total order, after a position; or, at the next `rows_max` positions, those with this name."""
        if name is None:
            return self._read(lambda cursor: self.select_feed(cursor, after_position, rows_max))
        within = (after_position, after_position + rows_max, name)
        return self._read(lambda cursor: cursor.execute(self._sql.select_named, within, prepare=True).fetchall())

    def read_resumptions(self, after_position: int) -> list[Row]:
        """The rows of that name after a position, in order."""
        return self._read(lambda cursor: cursor.execute(self._sql.select_resumptions, (after_position,)).fetchall())

    def streams_of(self, kind: str) -> list[str]:
        """The names of all streams of a kind, in order."""
        bounds = names_of_kind(kind)
        rows = self._read(lambda cursor: cursor.execute(self._sql.streams_of, bounds).fetchall())
        return [str(row[0]) for row in rows]

    def select_feed(self, cursor: Cursor, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position, by the given cursor."""
        rows = cursor.execute(self._sql.select_feed, (after_position, rows_max), prepare=True).fetchall()
        if rows:
            self._end.know(rows[-1][0], rows[-1][4])
        return rows

    def foreign_last(self, cursor: Cursor, last: int) -> LastEvent | None:
        """The ledger's last event, if it was not this recorder that appended it."""
        if last <= self._own_position:
            return None
        row = cursor.execute(self._sql.select_state, (last,), prepare=True).fetchone()
        return None if row is None else LastEvent(last, *row)

    def known_streams(self, cursor: Cursor, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""
        cursor.execute(self._sql.select_known, (list(filter(is_text, streams)),))
        return {row[0] for row in cursor.fetchall()}

    def last_stream(self, cursor: Cursor, kind: str) -> str | None:
        """The stream of a kind that was appended to last."""
        row = cursor.execute(self._sql.select_last_stream, names_of_kind(kind)).fetchone()
        return None if row is None else str(row[0])

    def insert(self, cursor: Cursor, rows: Sequence[NewRow]) -> list[tuple[int, str]]:
        """Append, and tell those who listen; gives each event's position and the transaction's id."""
        self._notify_channel(cursor)  # type: ignore[arg-type]  # it reads no rows
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(self._sql.insert, columns, prepare=True)
        return cursor.fetchall()

    def read_meta(self, name: str) -> str | None:
        """One of the ledger's own settings."""
        row = self._read(lambda cursor: cursor.execute(self._sql.select_meta, (name,)).fetchone())
        return None if row is None else str(row[0])

    def write_meta(self, values: dict[str, str], *, replace: bool = False) -> None:
        """Set some of the ledger's own settings, together; a name that is taken is an `IntegrityError`, unless `replace`."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(self._sql.replace_meta if replace else self._sql.insert_meta, list(values.items()))

    def identity(self) -> Mapping[str, str | int] | None:
        """The server, its timeline and the database in it; None where our role may not ask."""
        try:
            row = self._read(lambda cursor: cursor.execute(IDENTITY).fetchone())
        except ProgrammingError:
            return None
        return None if row is None else dict(zip(("system", "timeline", "database"), row, strict=True))

    def wal_is_long(self) -> bool:
        """PostgreSQL looks after its own."""
        return False

    def shorten_wal(self) -> None:
        """PostgreSQL looks after its own."""

    def write_and_remove(self, cursor: Cursor, name: str, value: str) -> None:
        """Set one of the ledger's own settings, by the given cursor, and forget it."""
        cursor.execute(self._sql.insert_meta, (name, value))
        cursor.execute(self._sql.delete_meta, (name,))

    def _read(self, read: Callable[[Cursor], ResultT]) -> ResultT:
        """Read, and once more where the connection had died while nobody used it, as after a restart of the server."""
        try:
            return self._read_once(read)
        except (InterfaceError, OperationalError) as error:
            if isinstance(error.__cause__, NotConnected):
                raise
        return self._read_once(read)

    def _read_once(self, read: Callable[[Cursor], ResultT]) -> ResultT:
        with (
            self._end.connection(self.datastore) as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            return read(cursor)


class PostgresSession:
    """What one transaction of the ledger can do in PostgreSQL. Another process may have written since the one before."""

    folds_stay_true = False
    clock_is_ours = False

    def __init__(self, recorder: PostgresRecorder, cursor: Cursor, now: datetime, last: int, epoch: int | None) -> None:
        self.position = last
        self.lease_epoch = epoch
        self.transaction_id: str | None = None
        self.last_state: bytes | None = None
        self.is_committing = False
        self._recorder = recorder
        self._cursor = cursor
        self._now = now

    def now(self) -> datetime:
        """The server's clock when it gave us the lock."""
        return self._now

    def last(self) -> LastEvent | None:
        """The ledger's last event, if another process appended it."""
        with translated():
            return self._recorder.foreign_last(self._cursor, self.position)

    def read_stream(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """A stream's rows after a version, no further than the one with which they have more than so many bytes."""
        with translated():
            return self._recorder.select_stream(self._cursor, stream, after_version, rows_max, bytes_max)

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position."""
        with translated():
            return self._recorder.select_feed(self._cursor, after_position, rows_max)

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
        with translated():
            inserted = self._recorder.insert(self._cursor, rows)
        positions = [position for position, _ in inserted]
        (self.position, self.transaction_id), self.last_state = inserted[-1], rows[-1][3]
        return positions

    def probe(self) -> None:
        """Insert it, and delete it."""
        with translated():
            self._recorder.write_and_remove(self._cursor, PROBE_NAME, "x" * PROBE_BYTES)
