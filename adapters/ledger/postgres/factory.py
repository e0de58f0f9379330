"""The library's factory, for the ledger in PostgreSQL."""

from eventsourcing.postgres import PostgresFactory as LibraryFactory
from eventsourcing.utils import Environment, EnvType

from adapters.ledger.postgres.datastore import ServerDatastore
from adapters.ledger.postgres.recorder import PostgresRecorder
from domain.errors import LedgerUnusable

DATABASE_URL = "DATABASE_URL"


class PostgresFactory(LibraryFactory):
    """The library's factory with our recorder and datastore, and with all that the database's URL says, TLS for one."""

    application_recorder_class = PostgresRecorder  # type: ignore[assignment]  # which takes our datastore only

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.datastore.enable_db_functions:
            raise LedgerUnusable(
                f"{self.POSTGRES_ENABLE_DB_FUNCTIONS} inserts without the table's lock, and readers miss events: unset it"
            )
        known = self.datastore
        known.close()
        self.datastore = ServerDatastore(
            self.env[DATABASE_URL],
            lock_seconds_max=known.lock_timeout,
            idle_seconds_max=known.idle_in_transaction_session_timeout,
            schema=known.schema,
        )
