"""Who dials on a database: the one process that holds a lease, a row whose end is by the server's clock.

Whoever takes it makes its epoch grow, to one that was never there, even where a promotion has put an earlier row back. A
transaction of the ledger reads the row with the table's lock, so that nothing of an epoch that is over is begun. The holder
counts from the moment when it asked, so that it stops before another may begin.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

import psycopg

from adapters.ledger.locks import OWNER_LOCK
from adapters.postgres_line import line_to
from domain.errors import LedgerInUse, LedgerUnusable

LEASE_SECONDS = 2.5
MARGIN_SECONDS = 0.3
RENEW_SECONDS = 0.5
LOOK_SECONDS = 0.25
CONNECT_SECONDS_MAX = 15.0
ANSWER_SECONDS_MAX = 2.0
HOLDER_BYTES_MAX = 63
_RUNS_HERE = "SELECT pg_try_advisory_lock_shared(%s)"
# By the clock, and a part by chance: an epoch that a promotion lost, whose row it put back, does not come again.
_TAKE = (
    "INSERT INTO public.ledger_leases AS held VALUES (%(name)s, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint "
    "* 1000 + floor(random() * 1000)::bigint, %(holder)s, "
    "clock_timestamp() + %(lease)s * interval '1 s') "
    "ON CONFLICT (name) DO UPDATE SET epoch=greatest(excluded.epoch, held.epoch + 1), holder=excluded.holder, "
    "until=excluded.until WHERE held.until < clock_timestamp() OR (held.epoch, held.until::text)=(%(unmoved)s, %(until)s) "
    "RETURNING epoch"
)
_RENEW = (
    "UPDATE public.ledger_leases SET until=clock_timestamp() + %(lease)s * interval '1 s' "
    "WHERE name=%(name)s AND epoch=%(epoch)s RETURNING epoch"
)
_GIVE_BACK = "UPDATE public.ledger_leases SET until=clock_timestamp() WHERE name=%(name)s AND epoch=%(epoch)s"
_SEEN = "SELECT holder, epoch, until::text FROM public.ledger_leases WHERE name=%(name)s"
_DIALS = "SELECT holder FROM public.ledger_leases WHERE name=%(name)s AND until >= clock_timestamp()"
NOBODY = "nobody dials on this database just now: start `dialtrail dial`, or `dialtrail up`"
_GONE_SOON = (
    "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '3', false), "
    "set_config('tcp_keepalives_count', '3', false)"
)
Connection = psycopg.AsyncConnection[tuple[object, ...]]


class Lease:
    """Wanted from `begin` on, and kept or waited for by `watch`. `trouble` says why it is not ours just now.

    `takes` counts how often it was taken: between two of them it was, or may have been, somebody else's. `epoch` is that of
    the last time. `holder` is who else has it, where that is known. `monotonic` goes on while the machine sleeps. Who does
    not want it only looks who has it.
    """

    def __init__(
        self, url: str, command: str, monotonic: Callable[[], float], *, name: str = "dialer", wants: bool = True
    ) -> None:
        us = f"dialtrail {command} (process {os.getpid()} on {socket.gethostname()})".encode()
        self._us = us[:HOLDER_BYTES_MAX].decode(errors="ignore")
        self._conninfo = line_to(url, application_name=self._us)
        self._monotonic = monotonic
        self._name = name
        self._wants = wants
        self._connection: Connection | None = None
        self._good_until = float("-inf")
        self._lost: str | None = None
        self._seen: tuple[int, str] = (0, "")
        self._seen_since = float("-inf")
        self.takes = 0
        self.epoch: int | None = None
        self.holder: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing may be sent; None while the lease is ours for sure."""
        if self._monotonic() < self._good_until:
            return None
        if self._lost is not None:
            return self._lost
        return self.standing_by or "the database has not confirmed for long that this process is the one that dials"

    @property
    def standing_by(self) -> str | None:
        """Who dials, where the database can be reached and it is another, or nobody and this process does not want to."""
        if self._monotonic() < self._good_until or self._lost is not None:
            return None
        if self.holder is None:
            return None if self._wants else NOBODY
        return f"{self.holder} dials"

    async def begin(self) -> None:
        """Say that we run here, and take the lease where nobody has it.

        Raises `LedgerInUse` where an earlier version owns the database for itself alone, `LedgerUnusable` where it cannot be
        asked.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await self._connect()
        except (psycopg.Error, TimeoutError) as error:
            raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the database cannot be reached ({error})") from error
        await self.look()

    async def watch(self) -> None:
        """Renew it, or look for its end, until cancelled."""
        while True:
            is_ours = self._monotonic() < self._good_until
            await asyncio.sleep(RENEW_SECONDS if is_ours else LOOK_SECONDS)
            with suppress(LedgerInUse):  # `look` has said it
                await self.look()

    async def look(self) -> None:
        """Renew it where it is ours, take it where it has ended. Raises `LedgerInUse` as `begin`."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                if self._connection is None:
                    await self._connect()
                await self._ask()
            self._lost = None
        except (psycopg.Error, TimeoutError) as error:
            self._lost = f"the database cannot be asked who dials ({str(error).strip() or 'no answer'})"
            await self._hang_up()
        except LedgerInUse as error:
            self._lost = str(error)
            raise

    async def close(self) -> None:
        """Give it back."""
        self._good_until = float("-inf")
        self._lost = "the lease was given back"
        if self._connection is not None and self.epoch is not None:
            with suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    await self._connection.execute(_GIVE_BACK, {"name": self._name, "epoch": self.epoch})
        await self._hang_up()

    async def _ask(self) -> None:
        asked_at = self._monotonic()
        if not self._wants:
            holder = await self._one(_DIALS)
            self.holder = None if holder is None else str(holder)
            return
        if self.epoch is not None:
            if await self._one(_RENEW) is not None:
                self._good_until = asked_at + LEASE_SECONDS - MARGIN_SECONDS
                return
            self._good_until, self.epoch = float("-inf"), None
        taken = await self._one(_TAKE)
        if taken is None:
            await self._see()
            return
        self.epoch, self.holder = int(str(taken)), None
        self.takes += 1
        self._good_until = asked_at + LEASE_SECONDS - MARGIN_SECONDS

    async def _see(self) -> None:
        """Whose it is, and since when its end has not moved, by our own clock."""
        row = await self._row(_SEEN)
        if row is None:
            return
        holder, epoch, until = str(row[0]), int(str(row[1])), str(row[2])
        if (epoch, until) != self._seen:
            self._seen, self._seen_since = (epoch, until), self._monotonic()
        self.holder = holder

    async def _one(self, statement: str) -> object | None:
        row = await self._row(statement)
        return None if row is None else row[0]

    async def _row(self, statement: str) -> tuple[object, ...] | None:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        # Whose holder lives moves it. Where the server's clock was set back, its end alone would let it stand for hours.
        is_dead = self._monotonic() - self._seen_since > LEASE_SECONDS
        unmoved, until = self._seen if is_dead else (0, "")
        values = {"name": self._name, "holder": self._us, "lease": LEASE_SECONDS, "epoch": self.epoch}
        asked = await self._connection.execute(statement, {**values, "unmoved": unmoved, "until": until})
        return await asked.fetchone()

    async def _connect(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        try:
            await connection.execute(_GONE_SOON)
            await _run_here(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    await connection.close()


async def _run_here(connection: Connection) -> None:
    """Hold what an earlier version takes for itself alone. Raises `LedgerInUse` where one has it."""
    if await (await connection.execute(_RUNS_HERE, (OWNER_LOCK,))).fetchone() != (True,):
        raise LedgerInUse(
            "DIALTRAIL_DATABASE_URL: this database is in use by an earlier version of Dialtrail, or by a `dialtrail copy` into "
            "it; stop it, or let it end, or set another database"
        )
