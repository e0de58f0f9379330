"""The log's store beside a ledger in PostgreSQL: in the tables that all servers share."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.outbox_contents import Talk
from adapters.shared_database import SharedDatabase
from adapters.verifiable_log.store import LogStore


class SharedLogStore(LogStore):
    """The same. Whoever keeps the log moves it only from where it was, so that of two one does."""

    def __init__(self, database: SharedDatabase) -> None:
        self._database = database

    def close(self) -> None:
        """Hang up."""
        self._database.close()

    @contextmanager
    def _reading(self) -> Iterator[Talk]:
        with self._database.talking() as talk:
            yield talk

    @contextmanager
    def _writing(self) -> Iterator[Talk]:
        with self._database.talking() as talk:
            yield talk
