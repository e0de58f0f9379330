"""The library's datastore, on connections that are opened by whoever needs one."""

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import dict_row

from adapters.ledger.postgres.connections import ServerConnection, ServerConnections
from adapters.postgres_line import CONNECT_SECONDS_MAX, line_to


class ServerDatastore(PostgresDatastore):
    """The one of the ledger. `lock_seconds_max` is for the table's lock, `idle_seconds_max` for a transaction in which nothing is said."""

    pool: ServerConnections  # type: ignore[assignment]  # as much of a pool as the library asks for

    def __init__(self, url: str, *, lock_seconds_max: int, idle_seconds_max: float, schema: str = "") -> None:
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",
            idle_in_transaction_session_timeout=idle_seconds_max,
            lock_timeout=lock_seconds_max,
            schema=schema,
            originator_id_type="text",
        )
        conninfo, begin = line_to(url), self.after_connect_func()

        def is_there() -> bool:
            try:
                psycopg.connect(conninfo).close()
            except psycopg.Error:
                return False
            return True

        def connect() -> ServerConnection:
            line = ServerConnection.connect(conninfo, row_factory=dict_row)
            line.silent_seconds_max, line.is_there = CONNECT_SECONDS_MAX, is_there
            begin(line)
            return line

        self.pool = ServerConnections(connect)
