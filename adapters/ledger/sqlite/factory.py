"""The library's factory, for the ledger in SQLite."""

from typing import Any

from eventsourcing.sqlite import SQLiteFactory

from adapters.ledger.sqlite.datastore import LedgerDatastore
from adapters.ledger.sqlite.recorder import SqliteRecorder
from adapters.ledger.sqlite.wal import WAL_BYTES_MAX

WAL_BYTES_MAX_SETTING = "SQLITE_WAL_BYTES_MAX"


class SqliteFactory(SQLiteFactory):
    """The library's factory with our recorder and datastore."""

    application_recorder_class = SqliteRecorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.datastore.close()
        self.datastore = LedgerDatastore(
            db_name=self.env[self.SQLITE_DBNAME],
            wal_bytes_max=int(self.env.get(WAL_BYTES_MAX_SETTING, str(WAL_BYTES_MAX))),
            originator_id_type="text",
            single_row_tracking=True,
        )
