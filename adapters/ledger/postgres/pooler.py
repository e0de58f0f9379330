"""Is there a pooler between us and the server, and does it hand one session to many?"""

from collections.abc import Mapping
from typing import Any

import psycopg

from domain.errors import LedgerUnusable

HANDS_SESSIONS_AROUND = (
    "DIALTRAIL_DATABASE_URL: a pooler in transaction mode stands before the server, such as PgBouncer with "
    "pool_mode = transaction; Dialtrail's locks and notifications are lost there. Connect to the server itself, or set "
    "pool_mode = session for this database"
)
_PID = "SELECT pg_backend_pid()"


def require_own_session(connection: psycopg.Connection[Any], parameters: Mapping[str, Any]) -> None:
    """Raises `LedgerUnusable` where a pooler gives the session of this idle connection to others, and `psycopg.Error`.

    `connection` is in autocommit. A pooler names a process of its own when a client connects, not the server's.
    """
    pid = _pid(connection)
    if pid == connection.info.backend_pid:
        return
    with psycopg.connect(**parameters) as other:
        # In a transaction from now on. Asked second, `connection` may have to wait for its end.
        is_shared = _pid(other) == pid or _pid(connection) != pid
    if is_shared:
        raise LedgerUnusable(HANDS_SESSIONS_AROUND)


def _pid(connection: psycopg.Connection[Any]) -> int:
    [(pid,)] = connection.execute(_PID).fetchall()
    return int(pid)
