"""The store of keys in PostgreSQL: a schema of its own, in the ledger's database or, better, in another."""

import time
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
LOOK_AGAIN_SECONDS = 0.05
REWRITTEN_BYTES_MAX = 8 * 1024 * 1024
"""Some 250,000 keys. To write them anew takes a fraction of a second; the writer's thread does that."""
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
_BYTES = "SELECT pg_total_relation_size('dialtrail_keys.key_batch')"
# What a TRUNCATE puts in place of the rows is not there for whoever has an older snapshot: a dump would have no key at all,
# and say nothing. VACUUM FULL keeps for them what they may still see, and so has to wait until nobody may.
_WITHOUT_WHAT_WAS = "VACUUM (FULL) dialtrail_keys.key_batch"
_WHO_MAY_SEE_IT = """
SELECT count(*) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND age(backend_xmin) >= age(%s::xid)
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
        row needs it. Marked only once that is done.
        """
        batches = by_batch(keys)

        def change(line: Line) -> None:
            with line.transaction():
                for batch, places in sorted(batches.items()):
                    row = line.execute(_READ + " FOR UPDATE", (batch,)).fetchone()
                    line.execute(_PUT, (batch, destroy_in(None if row is None else bytes(row[0]), places)))  # type: ignore[call-overload]
                transaction = _number(line, "SELECT pg_current_xact_id()::xid::text")
            if _number(line, _BYTES) > REWRITTEN_BYTES_MAX:
                line.execute("VACUUM dialtrail_keys.key_batch")
            else:
                _wait_for_snapshots(line, transaction)
                line.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'".encode())
                line.execute(_WITHOUT_WHAT_WAS)
                line.execute("SET lock_timeout = 0")
            if mark is not None:
                line.execute(_MARK, (mark,))

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


def _number(line: Line, question: str, *values: object) -> int:
    row = line.execute(question.encode(), values).fetchone()
    return 0 if row is None else int(str(row[0]))


def _wait_for_snapshots(line: Line, transaction: int) -> None:
    """Until no other program's transaction may see what was overwritten. Raises `LedgerUnavailable` where one goes on doing so."""
    for _ in range(round(LOCK_SECONDS_MAX / LOOK_AGAIN_SECONDS)):
        if not _number(line, _WHO_MAY_SEE_IT, str(transaction)):
            return
        time.sleep(LOOK_AGAIN_SECONDS)
    raise LedgerUnavailable(
        "the store of keys could not be read or written (another program's transaction, a dump for one, is older than what is "
        "destroyed, and may still see it); try again"
    )


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
