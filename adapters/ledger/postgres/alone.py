"""A database on which nobody else runs, nor begins to, for as long as somebody works on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from adapters.ledger.locks import OWNER_LOCK
from domain.errors import LedgerInUse, LedgerUnavailable, LedgerUnusable

CONNECT_SECONDS_MAX = 15
_TAKE = "SELECT pg_try_advisory_lock(%s)"
_WHO = (
    "SELECT DISTINCT coalesce(nullif(application_name, ''), 'process ' || pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype='advisory' AND classid=0 AND objid=%s AND granted AND pg_locks.database="
    "(SELECT oid FROM pg_database WHERE datname=current_database()) ORDER BY 1"
)


@contextmanager
def alone_on(url: str) -> Iterator[Callable[[], None]]:
    """Nobody runs on it meanwhile. What is given raises `LedgerUnavailable` where that is not known any more.

    Raises `LedgerInUse` where somebody does, and `LedgerUnusable` where it cannot be reached.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.Error as error:
        raise LedgerUnusable(f"DIALTRAIL_DATABASE_URL: the database cannot be reached ({error})") from error
    with connection:
        if connection.execute(_TAKE, (OWNER_LOCK,)).fetchone() != (True,):
            who = ", ".join(str(row[0]) for row in connection.execute(_WHO, (OWNER_LOCK,)))
            raise LedgerInUse(f"DIALTRAIL_DATABASE_URL: the database is in use by {who}; stop it, and copy then")
        yield lambda: _require_alone(connection)


def _require_alone(connection: psycopg.Connection) -> None:
    try:
        connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise LedgerUnavailable(
            f"the copy broke off ({str(error).strip()}); give the same command again: it goes on"
        ) from error
