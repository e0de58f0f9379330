"""A data folder as one side of a copy."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eventsourcing.utils import Environment

from adapters.ledger.own_rows import own_text
from adapters.ledger.recorder import Row
from adapters.ledger.sqlite.datastore import ReadOnlyDatastore
from adapters.ledger.sqlite.errors import translated
from adapters.ledger.sqlite.factory import SqliteFactory
from adapters.ledger.sqlite.recorder import SqliteRecorder
from adapters.wal_files import LEDGER_FILE

ALL_META = "SELECT CAST(name AS BLOB), CAST(value AS BLOB), typeof(value) FROM ledger_meta"
META = "INSERT INTO ledger_meta VALUES (?,?)"
ROW = "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)"


class SqliteSide:
    """The ledger in a data folder that this process owns."""

    def __init__(self, recorder: SqliteRecorder, close: Callable[[], None]) -> None:
        self._recorder = recorder
        self._close = close

    def meta(self) -> Mapping[str, str]:
        """All of the ledger's own settings. Raises `LedgerUnusable` where one is no text."""
        with translated(), self._recorder.datastore.get_connection(commit=False) as connection:
            rows = connection.cursor().sqlite_cursor.execute(ALL_META).fetchall()
        found = [(own_text(repr(name), name, "text"), value, kind) for name, value, kind in rows]
        return {name: own_text(name, value, kind) for name, value, kind in found}

    def last(self) -> int:
        """The last position; 0 where there is no event."""
        return self._recorder.max_notification_id() or 0

    def rows(self, after_position: int, rows_max: int) -> list[Row]:
        """Rows in the ledger's order, after a position."""
        return self._recorder.read_feed(after_position, rows_max)

    def begin(self, meta: Mapping[str, str]) -> None:
        """Have these settings and no others."""
        with translated(), self._recorder.datastore.transaction(commit=True) as cursor:
            _write_meta(cursor, meta)

    def put(self, rows: Sequence[Row]) -> None:
        """Insert them at the positions that they have."""
        with translated(), self._recorder.datastore.transaction(commit=True) as cursor:
            cursor.executemany(ROW, rows)

    def finish(self, last_used: int, meta: Mapping[str, str]) -> None:
        """Have these settings and no others; AUTOINCREMENT goes on after `last_used`."""
        with translated(), self._recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name='stored_events'")
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('stored_events', ?)", (last_used,))
            _write_meta(cursor, meta)

    def close(self) -> None:
        """Close every connection."""
        self._close()


def sqlite_source(folder: Path) -> SqliteSide:
    """One that is only read, beside the one connection of this process that writes."""
    datastore = ReadOnlyDatastore(f"{(folder / LEDGER_FILE).absolute().as_uri()}?mode=ro")
    return SqliteSide(SqliteRecorder(datastore), datastore.close)


def sqlite_target(folder: Path) -> SqliteSide:
    """One that is written; its tables are made if there are none."""
    name = f"{(folder / LEDGER_FILE).absolute().as_uri()}?mode=rwc"
    factory = SqliteFactory(Environment("Ledger", {"SQLITE_DBNAME": name}))
    return SqliteSide(factory.application_recorder(), factory.close)  # type: ignore[arg-type]  # it is ours, as the factory says


def _write_meta(cursor: Any, meta: Mapping[str, str]) -> None:
    cursor.execute("DELETE FROM ledger_meta")
    cursor.executemany(META, list(meta.items()))
