"""What SQLite writes ahead of the ledger's file: how large that is, and how it becomes small again.

While somebody reads an old moment of `ledger.db`, its WAL can only grow. Once nobody does, the connection that writes
takes it into the file and cuts it back.
"""

import sqlite3
from pathlib import Path

import structlog

from adapters.wal_files import wal_bytes

WAL_BYTES_MAX = 64 * 1024**2

log = structlog.get_logger("dialtrail.ledger")


class Wal:
    """The WAL beside a database's file; one of more than `bytes_max` is long."""

    def __init__(self, database: Path, bytes_max: int) -> None:
        self._database = database
        self._bytes_max = bytes_max
        self._was_long = False

    def is_long(self) -> bool:
        """Whether it is long; when that changes, the log says so. One thread asks."""
        count = wal_bytes(self._database)
        is_long = count > self._bytes_max
        if is_long != self._was_long:
            self._was_long = is_long
            file = f"{self._database.name}-wal"
            if is_long:
                log.warning(
                    "the WAL is long: some program reads for long", file=file, bytes=count, limit=self._bytes_max
                )
            else:
                log.info("the WAL is short again", file=file, bytes=count)
        return is_long

    def shorten(self, connection: sqlite3.Connection, wait_seconds: float) -> None:
        """Take it into the file, as far as nobody reads it, and cut it back; waits for no reader.

        The connection is the one that writes, outside of a transaction; it waits for others' locks for `wait_seconds`.
        """
        connection.execute("PRAGMA busy_timeout=0")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.execute(f"PRAGMA busy_timeout={wait_seconds * 1000:.0f}")
