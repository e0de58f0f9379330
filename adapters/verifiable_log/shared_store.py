"""The log's store beside a ledger in PostgreSQL: in the tables that all servers share."""

from adapters.shared_database import SharedDatabase
from adapters.verifiable_log.store import LogStore


class SharedLogStore(LogStore):
    """The same. Whoever keeps the log moves it only from where it was, so that of two one does."""

    def __init__(self, database: SharedDatabase) -> None:
        self._kept = database
