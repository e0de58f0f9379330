"""A ledger that is only looked at: it may be another version's, and a process of that may be writing to it.

Nothing is written, no lock of ours is taken, and no file is made or left.
"""

import importlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from adapters.ledger.own_rows import OWN_ROW, own_text
from domain.errors import LedgerUnusable, SettingsError

BUSY_SECONDS = 5.0
StoredRow = tuple[int, str, int, str, bytes]
"""A stored event's position, stream, version, name and state."""


class UnopenedLedger(Protocol):
    """What can be asked of it. Each raises `LedgerUnusable` where it does not say.

    `notes` are sentences on the server that it is in.
    """

    notes: Sequence[str]

    def end(self) -> int:
        """The last position; 0 where there is none."""

    def bytes_on_disk(self) -> int:
        """How much room its events take."""

    def meta(self, name: str) -> str | None:
        """A setting that is kept beside the events."""

    def rows_up_to(self, position: int, limit: int) -> Sequence[StoredRow]:
        """The events up to this position, the last first."""


class UnopenedFile:
    """The ledger of a data folder."""

    notes: Sequence[str] = ()

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def end(self) -> int:
        """The last position; 0 where there is none."""
        return int(self._ask("SELECT coalesce(max(rowid), 0) FROM stored_events")[0][0])

    def bytes_on_disk(self) -> int:
        """The size of the file and of its WAL."""
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(one.stat().st_size for one in files if one.exists())

    def meta(self, name: str) -> str | None:
        """A setting that is kept beside the events."""
        rows = self._ask(OWN_ROW, name)
        return own_text(name, *rows[0]) if rows else None

    def rows_up_to(self, position: int, limit: int) -> Sequence[StoredRow]:
        """The events up to this position, the last first."""
        return self._ask(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid <= ? "
            "ORDER BY rowid DESC LIMIT ?",
            position,
            limit,
        )

    def _ask(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerUnusable(f"{self._path} cannot be read ({error})") from error


@contextmanager
def unopened_file(path: Path) -> Iterator[UnopenedFile]:
    """The ledger in this file, which is there. Raises `LedgerUnusable` where it cannot be read without changing its folder."""
    wal, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if shared.exists():
        # Whoever writes has it mapped; where nobody does, SQLite makes an index of the WAL in our own memory.
        how = "mode=ro&readonly_shm=1"
    elif wal.exists() and wal.stat().st_size:
        raise LedgerUnusable(
            f"{wal} has commits that {path.name} lacks, and lies there without {shared.name}: to read it would make that "
            "file; start and stop the old version on it once, or copy a ledger with its `.backup`"
        )
    else:
        how = "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_SECONDS)
    except sqlite3.Error as error:
        raise LedgerUnusable(f"{path} cannot be read ({error})") from error
    with closing(connection):
        yield UnopenedFile(path, connection)


def unopened_database(url: str) -> AbstractContextManager[UnopenedLedger | None]:
    """The ledger in a PostgreSQL database; None where there is none yet.

    Entering it raises `LedgerUnusable` where Dialtrail would not start on that server, and `SettingsError` without the driver.
    """
    try:
        # Imported when it is used: its driver is an extra.
        unopened = importlib.import_module("adapters.ledger.postgres.unopened")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
    found: AbstractContextManager[UnopenedLedger | None] = unopened.unopened_in_postgres(url)
    return found
