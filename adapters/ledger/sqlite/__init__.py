"""The ledger in SQLite."""

from adapters.ledger.sqlite.datastore import LedgerDatastore, ReadOnlyDatastore
from adapters.ledger.sqlite.factory import SqliteFactory
from adapters.ledger.sqlite.recorder import SqliteRecorder
