"""The store of keys in a SQLite file of its own, which nobody else may read: `keys/keys.db` in the data folder."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from adapters.keys.table import by_batch, destroy_in
from adapters.sqlite_errors import is_damage, is_of_text
from domain.errors import LedgerUnavailable, LedgerUnusable

KEYS_FILE = Path("keys") / "keys.db"
WAIT_SECONDS = 10.0
DAMAGED = "the store of keys, keys/keys.db, is damaged: stop Dialtrail, keep it, and put its newest backup in its place"
MODE = 0o600
FOLDER_MODE = 0o700
_TABLES = """
CREATE TABLE IF NOT EXISTS key_batch (id TEXT PRIMARY KEY, keys BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY CHECK (one = 1), said TEXT NOT NULL);
"""


class SqliteKeyTable:
    """One connection that writes, of the ledger's owner, or one that only reads, beside it."""

    def __init__(self, folder: Path, *, writes: bool) -> None:
        """The file in a data folder, made where it is to be written and there is none. Raises `LedgerUnusable`."""
        path = folder / KEYS_FILE
        self._lock = Lock()
        try:
            if writes:
                path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, MODE))
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rw' if writes else 'ro'}",
                uri=True,
                timeout=WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            if writes:
                self._prepare()
            self._connection.execute("SELECT count(*) FROM mark").fetchone()
        except (OSError, sqlite3.Error) as error:
            raise LedgerUnusable(f"the store of keys, {path}, cannot be opened ({error})") from error

    def read(self, batch: str) -> bytes | None:
        """A batch's keys; None where there is no such batch."""
        with self._using() as connection:
            row = connection.execute("SELECT keys FROM key_batch WHERE id=?", (batch,)).fetchone()
        return None if row is None else _keys(row[0])

    def add(self, batch: str, keys: bytes) -> None:
        """Keep a batch, with an fsync."""
        with self._using() as connection:
            connection.execute("INSERT INTO key_batch VALUES (?,?)", (batch, keys))

    def batches(self, after: str, batches_max: int) -> list[tuple[str, bytes]]:
        """The next batches, in order of their ids."""
        with self._using() as connection:
            found = connection.execute(
                "SELECT id, keys FROM key_batch WHERE id>? ORDER BY id LIMIT ?", (after, batches_max)
            )
            return [(str(batch), _keys(keys)) for batch, keys in found]

    def put(self, batches: Sequence[tuple[str, bytes]]) -> None:
        """Keep batches, or have what they are now, in one transaction."""
        with self._using() as connection, self._transaction(connection):
            connection.executemany("INSERT OR REPLACE INTO key_batch VALUES (?,?)", batches)

    def overwrite(self, keys: Iterable[str], mark: str | None) -> None:
        """Overwrite keys in the file, and cut the WAL, where they may have stood since they were made."""
        with self._using() as connection:
            with self._transaction(connection):
                for batch, places in by_batch(keys).items():
                    row = connection.execute("SELECT keys FROM key_batch WHERE id=?", (batch,)).fetchone()
                    changed = destroy_in(None if row is None else _keys(row[0]), places)
                    connection.execute("INSERT OR REPLACE INTO key_batch VALUES (?,?)", (batch, changed))
                if mark is not None:
                    connection.execute("INSERT OR REPLACE INTO mark VALUES (1,?)", (mark,))
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LedgerUnavailable(
                "keys were destroyed, but the WAL of keys.db is read by somebody and could not be cut: close whatever has it open, "
                "and give the command again"
            )

    def mark(self) -> str | None:
        """How far the ledger's list of destroyed keys was gone through here."""
        with self._using() as connection:
            row = connection.execute("SELECT said FROM mark").fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the connection; whoever writes takes the WAL into the file."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        mode = self._connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise sqlite3.OperationalError(f"it needs WAL mode, and got {mode}: is the folder on a network drive?")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.executescript(_TABLES)

    @staticmethod
    @contextmanager
    def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                if is_damage(error) or is_of_text(error):
                    raise LedgerUnavailable(DAMAGED) from None  # its text may have what is in a row, which are keys
                raise LedgerUnavailable(
                    f"the store of keys could not be read or written ({error}); try again"
                ) from error


def _keys(stored: object) -> bytes:
    """What is no bytes any more is not to be taken for keys: a number would make as many zeros."""
    if not isinstance(stored, bytes):
        raise LedgerUnavailable(DAMAGED)
    return stored
