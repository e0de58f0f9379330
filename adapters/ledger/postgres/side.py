"""A PostgreSQL database as one side of a copy."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsourcing.persistence import DataError
from psycopg.sql import SQL, Identifier, Literal

from adapters.ledger.postgres.errors import translated
from adapters.ledger.postgres.factory import PostgresFactory
from adapters.ledger.postgres.recorder import PostgresRecorder
from adapters.ledger.postgres.statements import is_text
from adapters.ledger.recorder import Row


class PostgresSide:
    """The ledger in the database of a factory; the table is made if there is none."""

    def __init__(self, factory: PostgresFactory) -> None:
        self._factory = factory
        self._recorder: PostgresRecorder = factory.application_recorder()  # type: ignore[assignment]
        schema = factory.datastore.schema
        self._meta = Identifier(schema, "ledger_meta")
        table = Identifier(schema, self._recorder.events_table_name)
        self._insert = SQL(
            "INSERT INTO {} (notification_id, originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bytea[])"
        ).format(table)
        self._set_sequence = SQL("SELECT setval(pg_get_serial_sequence({}, 'notification_id'), %s)").format(
            Literal(f'"{schema}"."{self._recorder.events_table_name}"')
        )

    def meta(self) -> Mapping[str, str]:
        """All of the ledger's own settings."""
        with translated(), self._factory.datastore.transaction() as cursor:
            rows: Sequence[Any] = cursor.execute(SQL("SELECT name, value FROM {}").format(self._meta)).fetchall()
        return {str(row["name"]): str(row["value"]) for row in rows}

    def last(self) -> int:
        """The last position; 0 where there is no event."""
        return self._recorder.max_notification_id() or 0

    def rows(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows in the ledger's order, after a position."""
        return self._recorder.read_feed(after_position, rows_max)

    def begin(self, meta: Mapping[str, str]) -> None:
        """Have these settings and no others."""
        with translated(), self._factory.datastore.transaction(commit=True) as cursor:
            self._write_meta(cursor, meta)

    def put(self, rows: Sequence[Row]) -> None:
        """Insert them at the positions that they have. Raises `DataError` where PostgreSQL takes no such stream."""
        odd = next((row[0] for row in rows if not is_text(row[1])), None)
        if odd is not None:
            raise DataError(f"PostgreSQL takes no name like that of the stream of the event at position {odd}")
        columns = [list(column) for column in zip(*rows, strict=True)]
        with translated(), self._factory.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._insert, columns)

    def finish(self, last_used: int, meta: Mapping[str, str]) -> None:
        """Have these settings and no others; the sequence goes on after `last_used`."""
        with translated(), self._factory.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._set_sequence, (last_used,))
            self._write_meta(cursor, meta)

    def close(self) -> None:
        """Close every connection."""
        self._factory.close()

    def _write_meta(self, cursor: Any, meta: Mapping[str, str]) -> None:
        cursor.execute(SQL("DELETE FROM {}").format(self._meta))
        cursor.executemany(SQL("INSERT INTO {} VALUES (%s, %s)").format(self._meta), list(meta.items()))
