"""One process dials on a database: the one whose session holds an advisory lock, for as long as it runs."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.ledger.locks import OWNER_LOCK
from domain.errors import LedgerInUse, LedgerUnusable

TAKE_SECONDS_MAX = 15.0
WATCH_SECONDS = 1.0
TAKE_AGAIN_SECONDS = 3.0
ANSWER_SECONDS_MAX = 3.0
UNCONFIRMED_SECONDS_MAX = 5.0
APPLICATION_NAME_BYTES_MAX = 63
_TRY = "SELECT pg_try_advisory_lock(%s)"
_HOLDER = (
    "SELECT application_name, pid, host(client_addr), pid=pg_backend_pid() "
    "FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype='advisory' AND granted AND classid=0 AND objid=%s AND objsubid=1 "
    "AND database=(SELECT oid FROM pg_database WHERE datname=current_database())"
)
_FREE = "SELECT pg_advisory_unlock(%s)"
Connection = psycopg.AsyncConnection[tuple[object, ...]]

_GONE_SOON = (
    "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '3', false), "
    "set_config('tcp_keepalives_count', '3', false)"
)
"""After some 19 s the server ends the session of a machine that is gone, and with it the lock; else it would be two hours.

That is longer than `UNCONFIRMED_SECONDS_MAX`: whoever held it has stopped sending by then.
"""


class DatabaseOwner:
    """Owns a database from `take` on, watched by `watch`; `trouble` says why it is not known to be ours just now.

    `takes` counts how often it was taken: between two of them it may have been somebody else's.
    """

    def __init__(self, url: str, monotonic: Callable[[], float]) -> None:
        name = f"dialtrail up (process {os.getpid()} on {socket.gethostname()})"
        self._conninfo = make_conninfo(url, application_name=name[:APPLICATION_NAME_BYTES_MAX])
        self._monotonic = monotonic
        self._connection: Connection | None = None
        self._confirmed_at = 0.0
        self._trouble: str | None = "the database is not owned yet"
        self.takes = 0

    @property
    def trouble(self) -> str | None:
        """Why nothing may be sent; None while the lock is ours, or was a moment ago."""
        if self._trouble is None and self._monotonic() - self._confirmed_at > UNCONFIRMED_SECONDS_MAX:
            return f"the database has not confirmed for {UNCONFIRMED_SECONDS_MAX:g} s that it is ours"
        return self._trouble

    async def take(self) -> None:
        """Own the database. Raises `LedgerInUse`, which names the owner, or `LedgerUnusable` where it cannot be asked."""
        connection: Connection | None = None
        try:
            async with asyncio.timeout(TAKE_SECONDS_MAX):
                connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                await connection.execute(_GONE_SOON)
                is_ours = await (await connection.execute(_TRY, (OWNER_LOCK,))).fetchone() == (True,)
                holder = None if is_ours else await _holder(connection)
            if holder is None:
                self._connection, self._trouble, self._confirmed_at = connection, None, self._monotonic()
                self.takes += 1
        except (psycopg.Error, TimeoutError) as error:
            raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the database cannot be reached ({error})") from error
        finally:
            if connection is not None and connection is not self._connection:
                await connection.close()
        if holder is not None:
            raise LedgerInUse(
                f"DIALTRAIL_DATABASE_URL: this database is in use by {holder}; stop it, or set another database"
            )

    async def watch(self) -> None:
        """Look after the lock until cancelled; where it is lost, take it again as soon as it can be had."""
        while True:
            if self._connection is None:
                await asyncio.sleep(TAKE_AGAIN_SECONDS)
                try:
                    await self.take()
                except (LedgerInUse, LedgerUnusable) as error:
                    self._trouble = f"the ownership of the database was lost: {error}"
            elif not await self._is_held(self._connection):
                await self.close()

    async def close(self) -> None:
        """Give the database back."""
        connection, self._connection = self._connection, None
        self._trouble = "the ownership of the database was lost"
        if connection is None:
            return
        # The server ends a session when it comes to it; whoever starts next must not meet a lock of nobody's.
        with suppress(psycopg.Error, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await connection.execute(_FREE, (OWNER_LOCK,))
        await connection.close()

    async def _is_held(self, connection: Connection) -> bool:
        """Whether the lock is ours still, a moment from now or as soon as the line breaks."""
        try:
            async for _ in connection.notifies(timeout=WATCH_SECONDS):
                pass
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                row = await (await connection.execute(_HOLDER, (OWNER_LOCK,))).fetchone()
        except (psycopg.Error, TimeoutError):
            return False
        self._confirmed_at = self._monotonic()
        return row is not None and row[3] is True


async def _holder(connection: Connection) -> str:
    """Who has it, as far as PostgreSQL shows it to our role."""
    row = await (await connection.execute(_HOLDER, (OWNER_LOCK,))).fetchone()
    name, pid, host, _ = row or (None, None, None, False)
    return f"{name or 'another process'} (session {pid} of PostgreSQL, from {host or 'its own machine'})"
