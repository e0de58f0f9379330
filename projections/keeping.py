"""Who keeps the views of a PostgreSQL database: the one process that holds their lease; all others only read them.

The lease is a row whose end is by the server's clock, because a session outlives a process that was stopped. Whoever held
it and wakes finds the views moved on: rows are written only where their position is the one before.
"""

import os
import socket
from contextlib import suppress
from time import monotonic
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from projections.postgres_line import noticed_soon

LEASE_SECONDS = 5.0
LOOK_SECONDS = 0.5
_CREATION_LOCK = 0x0D1A_174D
_MAKE = text(
    "CREATE TABLE IF NOT EXISTS public.views_keeper (name text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, "
    "until timestamptz NOT NULL)"
)
# By the clock and by chance, so that an epoch whose row a promotion has put back does not come again; and an end far ahead
# is of a clock that was set right since: its holder, where it lives, would have moved it.
_TAKE = text(
    "INSERT INTO public.views_keeper AS held VALUES ('views', floor(extract(epoch FROM clock_timestamp()) * 1000)\\:\\:bigint "
    "* 1000 + floor(random() * 1000)\\:\\:bigint, :holder, clock_timestamp() + :lease * interval '1 s') "
    "ON CONFLICT (name) DO UPDATE SET epoch=greatest(excluded.epoch, held.epoch + 1), holder=excluded.holder, "
    "until=excluded.until WHERE held.until < clock_timestamp() "
    "OR held.until > clock_timestamp() + 2 * :lease * interval '1 s' RETURNING epoch"
)
_RENEW = text(
    "UPDATE public.views_keeper SET until=clock_timestamp() + :lease * interval '1 s' WHERE epoch=:epoch RETURNING epoch"
)
_GIVE_BACK = text("UPDATE public.views_keeper SET until=clock_timestamp() - interval '1 s' WHERE epoch=:epoch")
_IS_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype='advisory' AND granted "
    "AND classid=0 AND objid=:lock AND objsubid=1 "
    "AND database=(SELECT oid FROM pg_database WHERE datname=current_database()))"
)


class KeeperLease:
    """Held from the `take` that succeeds, as long as `take` is called again in time, until `release`. One thread uses it.

    With `unless_held` it is not taken anew while anybody has that advisory lock.
    """

    def __init__(self, url: str, *, unless_held: int | None = None, look_seconds: float = LOOK_SECONDS) -> None:
        self._unless_held = unless_held
        known = make_url(url)
        self._engine = create_engine(
            known.set(drivername="postgresql+psycopg"),
            connect_args=noticed_soon(known),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )
        self._connection: Connection | None = None
        self._look_seconds = look_seconds
        self._epoch: int | None = None
        self._asked_at = float("-inf")

    def take(self) -> bool:
        """Whether it is ours, from now on or still; raises where the database cannot be asked."""
        if monotonic() - self._asked_at < self._look_seconds:
            return self._epoch is not None
        try:
            self._look()
        except DBAPIError:
            self._hang_up()  # the line may have been cut since; where there is none at all, this one is raised
            try:
                self._look()
            except DBAPIError:
                self._hang_up()
                raise
        self._asked_at = monotonic()
        return self._epoch is not None

    def _look(self) -> None:
        connection = self._connected()
        if self._epoch is not None and self._ask(connection, _RENEW, epoch=self._epoch) is None:
            self._epoch = None
        if self._epoch is None:
            self._epoch = self._taken(connection)

    def release(self) -> None:
        """Let another process keep them."""
        with suppress(DBAPIError):
            if self._connection is not None and self._epoch is not None:
                self._connection.execute(_GIVE_BACK, {"epoch": self._epoch})
        self._epoch, self._asked_at = None, float("-inf")
        self._hang_up()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _CREATION_LOCK})
            self._connection.execute(_MAKE)
            self._connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _CREATION_LOCK})
        return self._connection

    def _taken(self, connection: Connection) -> int | None:
        """The epoch of it, where it could be had."""
        if not self._may_take(connection):
            return None
        epoch = self._ask(connection, _TAKE, holder=f"process {os.getpid()} on {socket.gethostname()}")
        # Asked once more when it is ours: who came between the question and the taking is seen by then.
        if epoch is None or self._may_take(connection):
            return epoch
        connection.execute(_GIVE_BACK, {"epoch": epoch})
        return None

    def _ask(self, connection: Connection, statement: Any, **values: object) -> int | None:
        found = connection.execute(statement, {"lease": LEASE_SECONDS, **values}).scalar_one_or_none()
        return None if found is None else int(found)

    def _may_take(self, connection: Connection) -> bool:
        return self._unless_held is None or not connection.execute(_IS_HELD, {"lock": self._unless_held}).scalar_one()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
