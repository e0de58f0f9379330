"""What is asked of the ledger's table in PostgreSQL, and done to it, with a cursor that somebody gives; and one transaction of it."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg.rows import TupleRow

from adapters.ledger.postgres.errors import translated
from adapters.ledger.postgres.known_end import KnownEnd
from adapters.ledger.postgres.statements import Statements, is_text
from adapters.ledger.recorder import PROBE_BYTES, PROBE_NAME, LastEvent, NewRow, Row, names_of_kind

Cursor = psycopg.Cursor[TupleRow]


class TableQueries:
    """Each raises `psycopg.Error`."""

    def __init__(self, sql: Statements, end: KnownEnd) -> None:
        self._sql = sql
        self._end = end

    def select_stream(
        self, cursor: Cursor, stream: str, after_version: int, rows_max: int, bytes_max: int
    ) -> list[Row]:
        """The same, by the given cursor."""
        if not is_text(stream):
            return []
        wanted = (stream, after_version, rows_max, bytes_max)
        return cursor.execute(self._sql.select_stream_within, wanted, prepare=True).fetchall()

    def select_newer(
        self, cursor: Cursor, known: Sequence[tuple[str, int]], rows_max: int, bytes_max: int
    ) -> list[Row] | None:
        """The same in order, by the given cursor; None where there are more rows than so many, or they have more bytes."""
        wanted = [one for one in known if is_text(one[0])]
        asked = ([stream for stream, _ in wanted], [version for _, version in wanted], rows_max + 1, bytes_max)
        rows = cursor.execute(self._sql.select_newer_within, asked, prepare=True).fetchall()
        is_more = len(rows) > rows_max or sum(len(row[4]) for row in rows) > bytes_max
        return None if is_more else rows

    def select_feed(self, cursor: Cursor, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position, by the given cursor."""
        rows = cursor.execute(self._sql.select_feed, (after_position, rows_max), prepare=True).fetchall()
        if rows:
            self._end.know(rows[-1][0], rows[-1][4])
        return rows

    def event_at(self, cursor: Cursor, last: int) -> LastEvent | None:
        """The event there, if there is one."""
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

    def insert(self, cursor: Cursor, rows: Sequence[NewRow]) -> list[tuple[int, str, bool]]:
        """Append, and tell those who listen; gives with each event's position the transaction's id, and that they were told."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(self._sql.insert, columns, prepare=True)
        return cursor.fetchall()

    def write_and_remove(self, cursor: Cursor, name: str, value: str) -> None:
        """Set one of the ledger's own settings, by the given cursor, and forget it."""
        cursor.execute(self._sql.insert_meta, (name, value))
        cursor.execute(self._sql.delete_meta, (name,))


class PostgresSession:
    """What one transaction of the ledger can do in PostgreSQL. Another process may have written since the one before."""

    folds_stay_true = False
    clock_is_ours = False

    def __init__(
        self, queries: TableQueries, cursor: Cursor, now: datetime, last: int, own_last: int, epoch: int | None
    ) -> None:
        """`last` is the ledger's last position, `own_last` that of the last event that this process has appended."""
        self.position = last
        self.lease_epoch = epoch
        self.transaction_id: str | None = None
        self.last_state: bytes | None = None
        self.is_committing = False
        self._queries = queries
        self._own_last = own_last
        self._cursor = cursor
        self._now = now

    def now(self) -> datetime:
        """The server's clock when it gave us the lock."""
        return self._now

    def last(self) -> LastEvent | None:
        """The ledger's last event, if another process appended it."""
        with translated():
            return self._queries.event_at(self._cursor, self.position) if self.position > self._own_last else None

    def read_stream(self, stream: str, after_version: int, rows_max: int, bytes_max: int) -> list[Row]:
        """A stream's rows after a version, no further than the one with which they have more than so many bytes."""
        with translated():
            return self._queries.select_stream(self._cursor, stream, after_version, rows_max, bytes_max)

    def read_newer(self, known: Sequence[tuple[str, int]], rows_max: int, bytes_max: int) -> list[Row] | None:
        """Of streams by name, the rows after the version that is known of each; None where they are more than so many, or so much."""
        with translated():
            return self._queries.select_newer(self._cursor, known, rows_max, bytes_max)

    def read_feed(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows after a position."""
        with translated():
            return self._queries.select_feed(self._cursor, after_position, rows_max)

    def known_streams(self, streams: Sequence[str]) -> set[str]:
        """Which of these streams have events."""
        with translated():
            return self._queries.known_streams(self._cursor, streams)

    def last_stream(self, kind: str) -> str | None:
        """The stream of a kind that was appended to last."""
        with translated():
            return self._queries.last_stream(self._cursor, kind)

    def append(self, rows: Sequence[NewRow]) -> Sequence[int]:
        """Insert, and give each event's position."""
        with translated():
            inserted = self._queries.insert(self._cursor, rows)
        positions = [position for position, _, _ in inserted]
        (self.position, self.transaction_id, _), self.last_state = inserted[-1], rows[-1][3]
        return positions

    def probe(self) -> None:
        """Insert it, and delete it."""
        with translated():
            self._queries.write_and_remove(self._cursor, PROBE_NAME, "x" * PROBE_BYTES)
