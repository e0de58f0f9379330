"""What all processes on one PostgreSQL share beside the ledger: a schema of a few tables, and one connection to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import psycopg

from adapters.outbox_contents import Talk
from adapters.postgres_line import line_to
from domain.errors import NotReady

NAME = "dialtrail shares"
CONNECT_SECONDS_MAX = 5
STATEMENT_SECONDS_MAX = 10
MISTAKE = "a mistake inside Dialtrail, which trying again does not mend; look for a newer version"
_CREATION_LOCK = 0x0D1A_174E
_SCHEMA = "dialtrail_shared"
_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {_SCHEMA};
SET search_path TO {_SCHEMA};
SET statement_timeout = '{STATEMENT_SECONDS_MAX}s';
SET idle_in_transaction_session_timeout = '{STATEMENT_SECONDS_MAX}s';
CREATE TABLE IF NOT EXISTS change (subscription text PRIMARY KEY, number bigint NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name text PRIMARY KEY, content bytea NOT NULL);
CREATE TABLE IF NOT EXISTS ended_session (id text PRIMARY KEY, expires bigint NOT NULL);
CREATE TABLE IF NOT EXISTS place (
    subscription text PRIMARY KEY, secret text NOT NULL, position bigint NOT NULL, event_id text NOT NULL,
    reached bigint NOT NULL, failing_since double precision, failing_last text, old_secrets text);
CREATE TABLE IF NOT EXISTS letter (
    subscription text NOT NULL, position bigint NOT NULL, nth bigint NOT NULL, lane text NOT NULL,
    again integer NOT NULL, tries integer NOT NULL, first_at double precision, next_at double precision,
    dead_at double precision, status integer, why text, kind text, stream text, campaign text, event_id text, body bytea,
    PRIMARY KEY (subscription, position, nth));
CREATE TABLE IF NOT EXISTS attempt (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subscription text NOT NULL, position bigint NOT NULL,
    nth bigint NOT NULL, at double precision NOT NULL, seconds double precision NOT NULL, status integer, why text,
    request text NOT NULL, answer bytea NOT NULL);
CREATE INDEX IF NOT EXISTS letter_own ON letter (lane) WHERE body IS NOT NULL AND dead_at IS NULL;
CREATE INDEX IF NOT EXISTS attempt_of ON attempt (subscription, position, nth);
CREATE INDEX IF NOT EXISTS attempt_last ON attempt (subscription, number);
CREATE TABLE IF NOT EXISTS log (
    number integer PRIMARY KEY, origin text NOT NULL UNIQUE, size bigint NOT NULL, position bigint NOT NULL);
CREATE TABLE IF NOT EXISTS log_tile (
    log integer NOT NULL, level integer NOT NULL, number bigint NOT NULL, first_position bigint, hashes bytea NOT NULL,
    PRIMARY KEY (log, level, number));
CREATE UNIQUE INDEX IF NOT EXISTS log_tile_of ON log_tile (log, first_position) WHERE first_position IS NOT NULL;
CREATE TABLE IF NOT EXISTS log_checkpoint (
    log integer NOT NULL, size bigint NOT NULL, at double precision NOT NULL, note text NOT NULL, day integer NOT NULL,
    PRIMARY KEY (log, size));
CREATE TABLE IF NOT EXISTS log_key (vkey text PRIMARY KEY, since double precision NOT NULL);
CREATE TABLE IF NOT EXISTS log_refusal (origin text PRIMARY KEY, why text NOT NULL);
DO $$ BEGIN IF EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = 'letter'::regclass AND attname = 'nth' AND atttypid = 'integer'::regtype) THEN
    ALTER TABLE letter ALTER COLUMN nth TYPE bigint; -- an alert's is an instant
    ALTER TABLE attempt ALTER COLUMN nth TYPE bigint;
END IF; END $$;
"""


class SharedDatabase:
    """Usable from any thread, by one at a time. The tables are made with the first use."""

    def __init__(self, url: str) -> None:
        self._conninfo = line_to(url, application_name=NAME, connect_timeout=CONNECT_SECONDS_MAX)
        self._lock = RLock()
        self._connection: psycopg.Connection | None = None
        self._under_way: _Talk | None = None

    @contextmanager
    def talking(self) -> Iterator[Talk]:
        """One transaction, or the one that is under way in this thread. Raises `NotReady` where the database does not do it."""
        with self._lock:
            if self._under_way is not None:
                yield self._under_way
                return
            try:
                connection = self._connected()
                with connection.transaction(), connection.cursor() as cursor:
                    self._under_way = _Talk(cursor)
                    yield self._under_way
            except psycopg.DataError as error:
                raise NotReady(
                    f"the database refuses what all servers share ({_first_line(error)}): {MISTAKE}"
                ) from error
            except psycopg.Error as error:
                self._hang_up()
                raise NotReady(
                    f"what all servers share could not be reached ({_first_line(error)}); try again"
                ) from error
            finally:
                self._under_way = None

    reading = writing = talking

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._hang_up()

    def _connected(self) -> psycopg.Connection:
        known = self._connection
        if known is not None and not known.closed:
            try:
                known.execute("SELECT 1")  # it may have been lost since
            except psycopg.Error:
                self._hang_up()
            else:
                return known
        connection = psycopg.connect(self._conninfo, autocommit=True)
        self._connection = connection
        connection.execute("SELECT pg_advisory_lock(%s)", (_CREATION_LOCK,))
        connection.execute(_TABLES)
        connection.execute("SELECT pg_advisory_unlock(%s)", (_CREATION_LOCK,))
        return connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]


class _Talk:
    """A cursor that takes `?` for each value."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Any:
        """Say it; what it gives has `fetchall`."""
        return self._cursor.execute(statement.replace("?", "%s").encode(), values)

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> Any:
        """Say it for each."""
        self._cursor.executemany(statement.replace("?", "%s").encode(), values)


class SharedAlerts:
    """What is remembered of alerts, as one piece."""

    def __init__(self, database: SharedDatabase) -> None:
        self._database = database

    def read(self) -> bytes | None:
        """All of it; None where there is nothing yet. Raises `NotReady`."""
        return self._read("alerts")

    def set_aside(self) -> None:
        """Keep what says nothing for a person to look at."""
        content = self._read("alerts")
        if content is not None:
            self._put("alerts.unreadable", content)

    def write(self, content: bytes) -> None:
        """Have this remembered. Raises `NotReady`."""
        self._put("alerts", content)

    def _read(self, name: str) -> bytes | None:
        with self._database.talking() as talk:
            rows = talk.execute("SELECT content FROM kept WHERE name=?", (name,)).fetchall()
        return bytes(rows[0][0]) if rows else None

    def _put(self, name: str, content: bytes) -> None:
        with self._database.talking() as talk:
            talk.execute(
                "INSERT INTO kept VALUES (?,?) ON CONFLICT (name) DO UPDATE SET content=excluded.content",
                (name, content),
            )


class SharedEndedSessions:
    """Which sessions were signed out of, at whichever server. `refresh` looks; `has` only looks into memory."""

    def __init__(self, database: SharedDatabase, now_seconds: int) -> None:
        self._database = database
        self._ended: frozenset[str] = frozenset()
        self.refresh(now_seconds)

    def has(self, session_id: str) -> bool:
        """Whether it was signed out of, as far as is known here."""
        return session_id in self._ended

    def remember(self, session_id: str, expires: int, now_seconds: int) -> None:
        """From now on it is ended here, and at each other server within a moment. Raises `NotReady`."""
        self._ended |= {session_id}
        with self._database.talking() as talk:
            self._ended |= {session_id}  # a look that was under way has ended by now
            talk.execute("DELETE FROM ended_session WHERE expires<=?", (now_seconds,))
            talk.execute("INSERT INTO ended_session VALUES (?,?) ON CONFLICT (id) DO NOTHING", (session_id, expires))

    def all(self) -> Mapping[str, int]:
        """Each that is ended, until when. Raises `NotReady`."""
        with self._database.talking() as talk:
            return {
                str(one): int(expires)
                for one, expires in talk.execute("SELECT id, expires FROM ended_session").fetchall()
            }

    def take_all(self, ended: Mapping[str, int]) -> None:
        """These are ended here, too. Raises `NotReady`."""
        with self._database.talking() as talk:
            talk.executemany("INSERT INTO ended_session VALUES (?,?) ON CONFLICT (id) DO NOTHING", ended.items())

    def refresh(self, now_seconds: int) -> None:
        """Know what was signed out of elsewhere. Raises `NotReady`."""
        with self._database.talking() as talk:
            rows = talk.execute("SELECT id FROM ended_session WHERE expires>?", (now_seconds,)).fetchall()
            self._ended = frozenset(str(row[0]) for row in rows)
