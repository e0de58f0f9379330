"""How a transaction ends, and what became of a commit whose line was lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError

from adapters.ledger.postgres.datastore import ServerDatastore
from adapters.ledger.postgres.errors import translated
from adapters.ledger.recorder import CommitUnknown


def find_out(
    datastore: ServerDatastore, lock: Callable[[Any], None], transaction_id: str, error: PersistenceError
) -> None:
    """Returns where it was stored, raises `error` where it was not, and `CommitUnknown` where the server cannot say."""
    try:
        with (
            translated(),
            datastore.pool.connection() as connection,
            connection.transaction(force_rollback=True),
            connection.cursor() as cursor,
        ):
            with connection.waiting_for_lock(datastore.lock_timeout):
                lock(cursor)  # until that transaction has ended, whichever way
            row = cursor.execute("SELECT pg_xact_status(%s::xid8) AS status", (transaction_id,)).fetchone()
            status = None if row is None else row["status"]
    except PersistenceError:
        status = None
    if status == "committed":
        return
    if status == "aborted":
        raise error
    raise CommitUnknown(str(error)) from error


@contextmanager
def ended_by(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Commit what has begun, or take it back; the connection begins nothing by itself."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):  # what went wrong before is what is told
            connection.rollback()
        raise
    connection.commit()
