"""What an error of the views' database means: damage, something that passes, and what of it may be said."""

import sqlite3

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_PRIMARY_CODE = 0xFF
_PASSING_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


def is_damage(error: Exception) -> bool:
    """Whether a file of views is damaged, or is something else."""
    cause = error.orig if isinstance(error, DatabaseError) else None
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY_CODE in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_passing(error: Exception) -> bool:
    """Whether a database cannot be used just now, so that nothing is known of what is stored in it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE in _PASSING_CODES
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout))


def first_line(error: Exception) -> str:
    """What an error says, without the statement and its values."""
    cause = error.orig if isinstance(error, DatabaseError) and error.orig is not None else error
    return str(cause).partition("\n")[0]
