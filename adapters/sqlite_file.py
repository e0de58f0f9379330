"""A SQLite file beside the ledger: made with its first use, open to nobody else, and talked to as what servers share is."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol

from adapters.outbox_contents import Talk

WAIT_SECONDS = 10.0


class TalkedTo(Protocol):
    """Where something is kept: such a file, or tables that all servers share."""

    def reading(self) -> AbstractContextManager[Talk]:
        """A talk that changes nothing."""

    def writing(self) -> AbstractContextManager[Talk]:
        """A talk of which all is on disk when it ends, or nothing."""

    def close(self) -> None:
        """Let go of it."""


class SqliteFile:
    """Usable from any thread, by one at a time. Where it `only_reads` it can do nothing else."""

    def __init__(
        self,
        path: Path,
        tables: str,
        *,
        synchronous: Literal["FULL", "NORMAL"],
        only_reads: bool = False,
        complete: Callable[[sqlite3.Connection], None] = lambda _: None,
    ) -> None:
        """`tables` are made where they lack; `complete` adds what those of an older version lack."""
        self._path = path
        self._tables = tables
        self._synchronous = synchronous
        self._only_reads = only_reads
        self._complete = complete
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is a file."""
        return self._path.exists()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def reading(self) -> Iterator[Talk]:
        """Of a file that is not there nothing is read: an empty one in memory."""
        with self._lock:
            if self._connection is None and not self._path.exists():
                nothing = sqlite3.connect(":memory:")
                nothing.executescript(self._tables)
                yield nothing
                nothing.close()
                return
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[Talk]:
        """One transaction, from its beginning the only one that writes."""
        with self._lock:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # SQLite itself takes back what met an error of the disk
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._read_only() if self._only_reads else self._made()
        return self._connection

    def _read_only(self) -> sqlite3.Connection:
        name = f"{self._path.absolute().as_uri()}?mode=ro"  # nothing here can checkpoint, as beside ledger.db
        return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, timeout=WAIT_SECONDS)

    def _made(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=WAIT_SECONDS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.executescript(self._tables)
        self._complete(connection)
        return connection
