"""A reader's cursor while it is in use."""

import sqlite3
from typing import Any

from adapters.ledger.sqlite.datastore import ReaderPool
from adapters.ledger.sqlite.errors import translation
from adapters.sqlite_errors import is_of_text


class ReaderCursor:
    """Takes a reader from the pool and puts it back. Four generators, one in another, would take longer than a short read."""

    __slots__ = ("_connection", "_cursor", "_pool")

    def __init__(self, pool: ReaderPool) -> None:
        self._pool = pool

    def __enter__(self) -> sqlite3.Cursor:
        try:
            self._connection = self._pool.get_connection()
        except sqlite3.Error as error:
            raise translation(error) from error
        self._cursor = self._connection.cursor().sqlite_cursor
        self._cursor.row_factory = None
        return self._cursor

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._cursor.close()
        self._pool.put_connection(self._connection)
        if isinstance(error, sqlite3.Error):
            raise translation(error) from error


def fetched(cursor: sqlite3.Cursor, words: str, values: tuple[float, int]) -> list[Any]:
    """The rows. Where another program wrote a text that is none, its bytes: whoever looks at the row tells what it is."""
    try:
        cursor.execute(words, values)  # the library's cursor returns nothing here
        return cursor.fetchall()
    except sqlite3.OperationalError as error:
        if not is_of_text(error):
            raise
    connection = cursor.connection
    before, connection.text_factory = connection.text_factory, _text_or_bytes
    try:
        cursor.execute(words, values)
        return cursor.fetchall()
    finally:
        connection.text_factory = before


def _text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
