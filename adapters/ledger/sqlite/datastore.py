"""One connection that writes and checkpoints, and readers that do neither.

SQLite before 3.51.3 can lose a commit when two connections write or checkpoint a WAL at the same time; with one that
does both, and readers that do neither, it cannot.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

from eventsourcing.persistence import ConnectionPoolClosedError, OperationalError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from adapters.ledger.sqlite.errors import translated
from adapters.ledger.sqlite.wal import WAL_BYTES_MAX, Wal
from adapters.sqlite_errors import PRIMARY_CODE

WRITER_CACHE_KIB = 16_384
CACHED_STATEMENTS_MAX = 128
READER_WAIT_SECONDS = 5.0
WRITE_LOCK_WAIT_SECONDS = 10.0
CLOSE_TIMEOUT_SECONDS = 10.0
CLOSE_POLL_SECONDS = 0.005
IDLE_READERS_MAX = 8


class ReaderPool(SQLiteConnectionPool):
    """Connections that can only read, and never checkpoint: the one that was put back last goes out first.

    The library's pool lets nobody read while its locks go from one thread to the next, and takes longer than a short read.
    Here each step is one operation of a list that no thread can interrupt. As many are out as threads read at once.
    """

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name=db_name)
        self._is_closing = False
        self._idle: deque[SQLiteConnection] = deque()
        self._out: deque[None] = deque()

    def get_connection(self, *_: object, **__: object) -> SQLiteConnection:
        """A connection, unless the pool is closing."""
        self._out.append(None)  # before the look whether it is closing: whoever closes waits for those who are out
        try:
            return self._given()
        except BaseException:
            self._out.pop()
            raise

    def _given(self) -> SQLiteConnection:
        if self._is_closing:
            raise ConnectionPoolClosedError("the ledger is closed")
        with suppress(IndexError):
            return self._idle.pop()
        return self._create_connection()

    def put_connection(self, conn: SQLiteConnection) -> None:
        """Take it back; it is kept open where few are."""
        if self._is_closing or len(self._idle) >= IDLE_READERS_MAX:
            conn.close()
        else:
            self._idle.append(conn)
        self._out.pop()

    def close(self) -> None:
        """Wait for those who read: a connection that is closed under its statement brings the whole process down.

        Who reads for too long keeps a connection that nobody closes.
        """
        self._is_closing = True
        deadline = monotonic() + CLOSE_TIMEOUT_SECONDS
        while self._out and monotonic() < deadline:
            sleep(CLOSE_POLL_SECONDS)
        while self._idle:
            self._idle.pop().close()

    def _create_connection(self) -> SQLiteConnection:
        connection = connect(self.db_name, READER_WAIT_SECONDS)
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


def connect(db_name: str, wait_seconds: float) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any one thread at a time; it waits so long for another one's lock."""
    connection = sqlite3.connect(
        db_name,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=CACHED_STATEMENTS_MAX,
        timeout=wait_seconds,
    )
    connection.row_factory = sqlite3.Row
    return connection


class LedgerDatastore(SQLiteDatastore):
    """One connection that writes and checkpoints, with WAL and an fsync for each commit, beside a pool of readers."""

    def __init__(self, db_name: str, wal_bytes_max: int = WAL_BYTES_MAX, **kwargs: Any) -> None:
        super().__init__(db_name, **kwargs)
        self.pool.close()
        self.pool: ReaderPool = ReaderPool(db_name)
        self._writing = Lock()
        with translated():
            self.writer = connect(db_name, WRITE_LOCK_WAIT_SECONDS)
            mode = self.writer.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            self.writer.execute("PRAGMA synchronous=FULL")
            self.writer.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
            # An insert of many rows keeps a journal of its own: by default a file, made and unlinked each time.
            self.writer.execute("PRAGMA temp_store=MEMORY")
            self.writer.execute(f"PRAGMA journal_size_limit={wal_bytes_max}")
            (_, _, path), *_ = self.writer.execute("PRAGMA database_list").fetchall()
            self.wal = Wal(Path(path), wal_bytes_max)
        if mode != "wal":
            raise OperationalError(
                f"the ledger needs SQLite's WAL mode, and got {mode}: is the folder on a network drive?"
            )

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """The writer, alone, or a reader."""
        if not commit:
            with super().get_connection(commit=False) as reader:
                yield reader
            return
        with self._writing:
            yield _Kept(sqlite_conn=self.writer, max_age=None)

    def shorten_wal(self) -> None:
        """Cut a long WAL back, as far as nobody reads it."""
        with self._writing, translated():
            self.wal.shorten(self.writer, WRITE_LOCK_WAIT_SECONDS)

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
        self.pool: ReaderPool = ReaderPool(db_name)


class _Kept(SQLiteConnection):
    """The writer's connection in the library's clothes: it stays open when they are put away."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with _Writing(self, commit=commit) as cursor, cursor:
            yield cursor

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        pass


class _Writing(SQLiteTransaction):
    """A transaction that takes the write lock at its beginning: SQLite waits for it there, and nowhere later."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            raise OperationalError(
                f"another program has held the write lock of ledger.db for {WRITE_LOCK_WAIT_SECONDS:g} s: end its "
                "transaction, or the program"
            ) from error
        return cursor
