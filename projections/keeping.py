"""Who keeps the views of a PostgreSQL database: the one process whose session holds their lock; all others only read them."""

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

KEEPER_LOCK = 0x0D1A_174C
_TRY = text("SELECT pg_try_advisory_lock(:lock)")
_IS_THERE = text("SELECT 1")
_IS_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype='advisory' AND granted "
    "AND classid=0 AND objid=:lock AND objsubid=1 "
    "AND database=(SELECT oid FROM pg_database WHERE datname=current_database()))"
)

# After some 19 s the server ends the session of a machine that is gone, and with it the lock; else it would be two hours.
_GONE_SOON = text(
    "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '3', false), "
    "set_config('tcp_keepalives_count', '3', false)"
)


class KeeperLock:
    """Held from the `take` that succeeds until `release`, or until its session breaks. One thread uses it.

    With `unless_held` it is not taken anew while anybody has that lock.
    """

    def __init__(self, url: str, *, unless_held: int | None = None) -> None:
        self._unless_held = unless_held
        self._engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether it is ours, from now on or still; raises where the database cannot be asked."""
        if self._connection is not None:
            try:
                self._connection.execute(_IS_THERE)
            except DBAPIError:
                self.release()
            else:
                return True
        connection = self._engine.connect()
        is_ours = False
        try:
            connection.execute(_GONE_SOON)
            # Asked once more when it is ours: who came between the question and the taking is seen by then.
            is_ours = self._may_take(connection) and self._try(connection) and self._may_take(connection)
        finally:
            if not is_ours:
                connection.close()
        self._connection = connection if is_ours else None
        return is_ours

    def _try(self, connection: Connection) -> bool:
        return connection.execute(_TRY, {"lock": KEEPER_LOCK}).scalar_one() is True

    def _may_take(self, connection: Connection) -> bool:
        return self._unless_held is None or not connection.execute(_IS_HELD, {"lock": self._unless_held}).scalar_one()

    def release(self) -> None:
        """Let another process keep them."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
