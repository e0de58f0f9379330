"""The last event that this process knows to be stored: a server that lacks it is not the one that was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from weakref import WeakSet

from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import Composed

from adapters.ledger.postgres.connections import ServerConnection
from adapters.ledger.postgres.datastore import ServerDatastore
from adapters.ledger.postgres.errors import translated


class LedgerWentBack(PersistenceError):
    """The server lacks an event that was stored."""


class KnownEnd:
    """The last event that this process knows to be stored; `lost` once a server lacks it, from then on. From any thread.

    A server goes back only with all its connections, as when a standby is promoted, or a backup put in its place. So each is
    asked once, and all of them again after a line was lost.
    """

    def __init__(self, select_state: Composed, has_events: Composed) -> None:
        """`select_state` selects a state by its position, `has_events` whether there is any."""
        self._select = select_state
        self._has_events = has_events
        self.lost: tuple[int, bytes] | None = None
        self._last: tuple[int, bytes] | None = None
        self._asked: WeakSet[Connection[Any]] = WeakSet()
        self._lock = Lock()

    def know(self, position: int, state: bytes) -> None:
        """An event is there for sure."""
        with self._lock:
            if self._last is None or position > self._last[0]:
                self._last = (position, state)

    @contextmanager
    def connection(self, datastore: ServerDatastore) -> Iterator[ServerConnection]:
        """A connection to a server that has it. Raises `LedgerWentBack` where the server lacks it, and `PersistenceError`."""
        try:
            with translated(), datastore.pool.connection() as connection:
                self._require(connection)
                yield connection
        except (InterfaceError, OperationalError):
            with self._lock:
                self._asked = WeakSet()
            raise

    def _require(self, connection: Connection[Any]) -> None:
        asked, last = self._asked, self._last
        if self.lost is None and connection not in asked and last is not None:
            self._ask(connection, *last)
            asked.add(connection)
        if self.lost is not None:
            raise LedgerWentBack(
                f"the database lacks the event at position {self.lost[0]}, which was stored: a standby was promoted or a "
                "backup put back without the last commits; this process begins anew"
            )

    def _ask(self, connection: Connection[Any], position: int, state: bytes) -> None:
        with translated(), connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            row = cursor.execute(self._select, (position,)).fetchone()
            if row is not None and row[0] == state:
                return
            if cursor.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                raise OperationalError("the server is a standby, and has not received all of the ledger")
            if cursor.execute(self._has_events).fetchone() == (False,):
                # Nothing to begin anew with: a backup may be on its way into these tables.
                raise OperationalError("the database holds no event any more: put the ledger back")
        self.lost = (position, state)
