"""SQLite's dialect for engines whose transactions begin as they are told to.

SQLAlchemy's own recipe is to listen to "begin". Whatever listens to a connection makes each statement call all that may
listen, which costs as much as a small statement itself.
"""

from typing import Any

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

DRIVER_NAME = "sqlite+begun"


class BegunDialect(SQLiteDialect_pysqlite):
    """`begin` is the statement by which a transaction begins; the driver begins none by itself."""

    supports_statement_cache = True

    def __init__(self, begin: str = "BEGIN", **others: Any) -> None:
        super().__init__(**others)
        self._begin = begin

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin one. Errors of the driver become SQLAlchemy's, as with any statement."""
        cursor = dbapi_connection.cursor()
        try:
            cursor.execute(self._begin)
        finally:
            cursor.close()


registry.register(DRIVER_NAME.replace("+", "."), __name__, BegunDialect.__name__)
