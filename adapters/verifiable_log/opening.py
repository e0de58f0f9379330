"""The log's store: in a data folder, or where the ledger is in PostgreSQL, there for all servers."""

import importlib
from pathlib import Path

from adapters.verifiable_log.store import LogStore


def open_log_store(folder: Path, database_url: str | None, *, only_reads: bool = False) -> LogStore:
    """The store beside a ledger. A folder's is written by one process; others `only_reads`."""
    if database_url is None:
        return LogStore(folder, only_reads=only_reads)
    database = importlib.import_module("adapters.shared_database").SharedDatabase(database_url)
    # Imported when it is used: its driver is an extra.
    store: LogStore = importlib.import_module("adapters.verifiable_log.shared_store").SharedLogStore(database)
    return store
