"""The library's factory, for the ledger in PostgreSQL."""

from eventsourcing.postgres import PostgresFactory as LibraryFactory
from eventsourcing.utils import Environment, EnvType
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from adapters.ledger.postgres.recorder import PostgresRecorder
from adapters.postgres_line import NOTICED_SOON
from domain.errors import LedgerUnusable

DATABASE_URL = "DATABASE_URL"


class PostgresFactory(LibraryFactory):
    """The library's factory with our recorder, and with all that the database's URL says, TLS for one."""

    application_recorder_class = PostgresRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.datastore.enable_db_functions:
            raise LedgerUnusable(
                f"{self.POSTGRES_ENABLE_DB_FUNCTIONS} inserts without the table's lock, and readers miss events: unset it"
            )
        url = self.env.get(DATABASE_URL)
        if url:
            self.datastore.pool.kwargs = {**NOTICED_SOON, **conninfo_to_dict(url), "row_factory": dict_row}
