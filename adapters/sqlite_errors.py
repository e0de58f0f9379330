"""What an error of SQLite says of the file, whichever of our databases it is."""

import sqlite3

PRIMARY_CODE = 0xFF
"""The lower bits of an extended result code (https://www.sqlite.org/rescode.html)."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_damage(error: BaseException | None) -> bool:
    """Whether it says that a file is damaged, or is no database: by SQLite's own code, which the library's error came of."""
    while error is not None and not isinstance(error, sqlite3.Error):
        error = error.__cause__
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & PRIMARY_CODE in _DAMAGE


def is_of_text(error: BaseException) -> bool:
    """Whether a column says that it has text, and has none; the driver has no code of its own for it."""
    return isinstance(error, sqlite3.OperationalError) and "decode" in str(error)
