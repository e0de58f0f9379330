"""The store of keys in PostgreSQL: a schema of its own, in the ledger's database or, better, in another."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

import psycopg

from adapters.keys.table import by_batch, destroy_in
from adapters.postgres_line import line_to
from domain.errors import LedgerUnavailable, LedgerUnusable

NAME = "dialtrail keys"
STATEMENT_SECONDS_MAX = 10
TRIES = 2
LOCK_SECONDS_MAX = 2
"""Whoever seals meanwhile waits behind who waits for the table's lock, as behind a dump that is under way."""
REWRITTEN_BYTES_MAX = 8 * 1024 * 1024
"""Some 250,000 keys. To write them anew twice takes a fraction of a second; the writer's thread does that."""
MUST_NOT_BE_OFF = ("fsync", "synchronous_commit")
_CREATION_LOCK = 0x0D1A_174F
# What is random is not compressed, and parts of it are read without the rest.
_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS dialtrail_keys;
CREATE TABLE IF NOT EXISTS dialtrail_keys.key_batch (id text PRIMARY KEY, keys bytea NOT NULL);
ALTER TABLE dialtrail_keys.key_batch ALTER COLUMN keys SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS dialtrail_keys.mark (one integer PRIMARY KEY CHECK (one = 1), said text NOT NULL);
SET statement_timeout = '{STATEMENT_SECONDS_MAX}s';
"""
_READ = "SELECT keys FROM dialtrail_keys.key_batch WHERE id=%s"
_NEXT = 'SELECT id, keys FROM dialtrail_keys.key_batch WHERE id COLLATE "C" > %s ORDER BY id COLLATE "C" LIMIT %s'
_PUT = "INSERT INTO dialtrail_keys.key_batch VALUES (%s,%s) ON CONFLICT (id) DO UPDATE SET keys=excluded.keys"
_MARK = "INSERT INTO dialtrail_keys.mark VALUES (1,%s) ON CONFLICT (one) DO UPDATE SET said=excluded.said"
_LOCK = f"SET LOCAL lock_timeout = '{LOCK_SECONDS_MAX}s'; LOCK TABLE dialtrail_keys.key_batch IN ACCESS EXCLUSIVE MODE"
_BYTES = "SELECT pg_total_relation_size('dialtrail_keys.key_batch')"
# A file that a TRUNCATE left is given back with the commit, whatever snapshots others have; VACUUM FULL takes along what
# one of them could still see. What was granted on the table stays.
_REWRITE = """
CREATE TABLE dialtrail_keys.key_batch_anew (LIKE dialtrail_keys.key_batch INCLUDING STORAGE);
INSERT INTO dialtrail_keys.key_batch_anew SELECT * FROM dialtrail_keys.key_batch;
TRUNCATE dialtrail_keys.key_batch;
INSERT INTO dialtrail_keys.key_batch SELECT * FROM dialtrail_keys.key_batch_anew;
DROP TABLE dialtrail_keys.key_batch_anew;
"""

ResultT = TypeVar("ResultT")
Line = psycopg.Connection[tuple[object, ...]]


class PostgresKeyTable:
    """One connection, made again where it was lost. Each process has its own."""

    def __init__(self, url: str, *, writes: bool) -> None:
        """The tables are made where they are to be written. Raises `LedgerUnusable`."""
        self._conninfo = line_to(url, application_name=NAME)
        self._lock = Lock()
        self._connection: Line | None = None
        self._is_closed = False
        try:
            line = self._connected()
            if writes:
                _require_durable(line)
                line.execute("SELECT pg_advisory_lock(%s)", (_CREATION_LOCK,))
                line.execute(_TABLES.encode())
                line.execute("SELECT pg_advisory_unlock(%s)", (_CREATION_LOCK,))
        except LedgerUnusable:
            self._hang_up()
            raise
        except psycopg.Error as error:
            raise LedgerUnusable(f"the store of keys cannot be opened ({_first_line(error)})") from error

    def read(self, batch: str) -> bytes | None:
        """A batch's keys; None where there is no such batch."""
        row = self._do(lambda line: line.execute(_READ, (batch,)).fetchone())
        return None if row is None else bytes(row[0])  # type: ignore[call-overload]

    def add(self, batch: str, keys: bytes) -> None:
        """Keep a batch; the commit is durable, as the server's settings are looked at when the ledger is opened."""
        self._do(lambda line: line.execute(_PUT, (batch, keys)))

    def batches(self, after: str, batches_max: int) -> list[tuple[str, bytes]]:
        """The next batches, in order of their ids."""
        rows = self._do(lambda line: line.execute(_NEXT, (after, batches_max)).fetchall())
        return [(str(batch), bytes(keys)) for batch, keys in rows]  # type: ignore[call-overload]

    def put(self, batches: Sequence[tuple[str, bytes]]) -> None:
        """Keep batches, or have what they are now, in one transaction."""

        def change(line: Line) -> None:
            with line.transaction(), line.cursor() as cursor:
                cursor.executemany(_PUT, batches)

        self._do(change)

    def overwrite(self, keys: Iterable[str], mark: str | None) -> None:
        """Overwrite keys, and have the table in new files, so that the old ones, with what was there, are given back.

        Where it has more than `REWRITTEN_BYTES_MAX` it is vacuumed instead: what was there lies in room that is free until a
        row needs it.
        """
        batches = by_batch(keys)

        def change(line: Line) -> None:
            with line.transaction():
                line.execute(_LOCK.encode())
                for batch, places in sorted(batches.items()):
                    row = line.execute(_READ, (batch,)).fetchone()
                    line.execute(_PUT, (batch, destroy_in(None if row is None else bytes(row[0]), places)))  # type: ignore[call-overload]
                if mark is not None:
                    line.execute(_MARK, (mark,))
                is_small = _is_small(line)
                if is_small:
                    line.execute(_REWRITE.encode())
            if not is_small:
                line.execute("VACUUM dialtrail_keys.key_batch")

        self._do(change)

    def mark(self) -> str | None:
        """How far the ledger's list of destroyed keys was gone through here."""
        row = self._do(lambda line: line.execute("SELECT said FROM dialtrail_keys.mark").fetchone())
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._is_closed = True
            self._hang_up()

    def _do(self, what: Callable[[Line], ResultT]) -> ResultT:
        """Do it, once more where the connection was lost since it was used last: each of these may be done twice."""
        with self._lock:
            for nth in range(1, TRIES + 1):
                try:
                    return what(self._connected())
                except psycopg.OperationalError as error:
                    self._hang_up()
                    if nth == TRIES:
                        raise _unavailable(error) from error
                except psycopg.Error as error:
                    self._hang_up()
                    raise _unavailable(error) from error
        raise AssertionError

    def _connected(self) -> Line:
        if self._is_closed:
            raise psycopg.OperationalError("it was closed")
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._conninfo, autocommit=True)
            self._connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS_MAX}s'".encode())
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _is_small(line: Line) -> bool:
    row = line.execute(_BYTES).fetchone()
    return row is not None and int(str(row[0])) <= REWRITTEN_BYTES_MAX


def _require_durable(line: Line) -> None:
    for name in MUST_NOT_BE_OFF:
        if line.execute(f"SHOW {name}".encode()).fetchone() == ("off",):
            raise LedgerUnusable(
                f"PostgreSQL's {name} is off in the store of keys, so that keys could be lost, or come back: set {name} = on "
                "(in postgresql.conf, for that database or for that role), then start again"
            )


def _unavailable(error: psycopg.Error) -> LedgerUnavailable:
    return LedgerUnavailable(f"the store of keys could not be read or written ({_first_line(error)}); try again")


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
