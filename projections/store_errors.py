"""What an error of the views' database means: damage, what passes, a value that is refused; and what of it may be said."""

import sqlite3

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

PROGRAM_LIMIT_EXCEEDED = "54"
NOT_BOUND = ("binding parameter", "cannot adapt")
"""How the drivers of SQLite and PostgreSQL begin to say that a value is of a type that they cannot hand over."""
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
    if is_of_values(error):
        return False
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE in _PASSING_CODES
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout))


def is_of_values(error: Exception) -> bool:
    """Whether a database will never take what it was to store: too long, too big, of a kind or with characters that it refuses."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    if isinstance(error, DataError | IntegrityError):
        return True
    if (getattr(error.orig, "sqlstate", None) or "").startswith(PROGRAM_LIMIT_EXCEEDED):
        return True
    return isinstance(error, ProgrammingError | InterfaceError) and any(word in str(error.orig) for word in NOT_BOUND)


def first_line(error: Exception) -> str:
    """What an error says, without the statement and its values."""
    cause = error.orig if isinstance(error, DatabaseError) and error.orig is not None else error
    return str(cause).partition("\n")[0]
