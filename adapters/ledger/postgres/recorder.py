"""The ledger's table in PostgreSQL: the library's recorder, in transactions that hold the table's lock from their first read.

Who holds the lock is the only writer, so that what a command has read is still true when its events are inserted,
positions are in the order of commits, and the server's clock, read inside the lock, is the one clock of the ledger.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from operator import itemgetter
from typing import TypeVar

from eventsourcing.persistence import InterfaceError, OperationalError, ProgrammingError
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier, Literal

from adapters.ledger.postgres.connections import NotConnected
from adapters.ledger.postgres.datastore import ServerDatastore
from adapters.ledger.postgres.known_end import KnownEnd
from adapters.ledger.postgres.session import Cursor, PostgresSession, TableQueries
from adapters.ledger.postgres.statements import CREATE_LEASES, IDENTITY, Statements, is_text
from adapters.ledger.postgres.unknown import ended_by, find_out
from adapters.ledger.recorder import RESUMPTION, Clock, Row, WriteSession, names_of_kind

TABLE_CREATION_LOCK = 0x0D1A_174A
SESSIONS_KEPT_MAX = 16
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
        self._sql = Statements(table, meta, datastore.lock_timeout, self.channel_name)
        self._own_position = 0
        self.own_sessions: deque[int] = deque(maxlen=SESSIONS_KEPT_MAX)
        self._end = KnownEnd(self._sql.select_state, self._sql.has_events)
        self._queries = TableQueries(self._sql, self._end)

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
            with (
                self._end.connection(self.datastore) as connection,
                connection.cursor(row_factory=tuple_row, binary=True) as cursor,
                ended_by(connection),
            ):
                with connection.waiting_for_lock(self.datastore.lock_timeout):
                    session = self._session(cursor)
                self._note(connection.info.backend_pid)
                yield session
                session.is_committing = True
        except (InterfaceError, OperationalError) as error:
            if session is None or not session.is_committing or session.transaction_id is None:
                raise
            find_out(self.datastore, self._lock_table, session.transaction_id, error)
        self._own_position = max(self._own_position, session.position)
        if session.last_state is not None:
            self._end.know(session.position, session.last_state)

    def _note(self, pid: int) -> None:
        if pid not in self.own_sessions:
            self.own_sessions.append(pid)

    def _session(self, cursor: Cursor) -> PostgresSession:
        cursor.execute(self._sql.begin, prepare=False, binary=False)
        while cursor.nextset():
            pass
        [(now, last, fsync, lease_epoch)] = cursor.fetchall()
        if fsync == "off":
            raise OperationalError("PostgreSQL's fsync is off, so what is acknowledged could be lost: set it to on")
        return PostgresSession(self._queries, cursor, now.astimezone(UTC), last or 0, self._own_position, lease_epoch)

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
        return self._read(
            lambda cursor: self._queries.select_stream(cursor, stream, after_version, rows_max, bytes_max)
        )

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
            return self._read(lambda cursor: self._queries.select_feed(cursor, after_position, rows_max))
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
