"""The ledger in SQLite."""

from adapters.ledger.sqlite.datastore import LedgerDatastore, ReadOnlyDatastore
from adapters.ledger.sqlite.factory import WAL_BYTES_MAX_SETTING, SqliteFactory
from adapters.ledger.sqlite.recorder import SqliteRecorder
from adapters.ledger.sqlite.side import sqlite_source, sqlite_target
from adapters.ledger.sqlite.wal import WAL_BYTES_MAX
