"""SQLite's errors, as the library names them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError, PersistenceError

from adapters.sqlite_errors import is_of_text
from domain.errors import LedgerUnusable

_NAMES: Sequence[tuple[type[sqlite3.Error], type[PersistenceError]]] = (
    (sqlite3.IntegrityError, IntegrityError),
    (sqlite3.OperationalError, OperationalError),
    (sqlite3.DatabaseError, DatabaseError),
    (sqlite3.Error, PersistenceError),
)


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translation(error) from error


def translation(error: sqlite3.Error) -> PersistenceError | LedgerUnusable:
    """The library's error that this one is; ours where a row has a text that is none, which no second try mends."""
    if is_of_text(error):
        return LedgerUnusable(
            "another program has written a text that is none (not UTF-8) into the ledger: `dialtrail verify` names its position. "
            "Put the right ledger back"
        )
    return next(named(error) for kind, named in _NAMES if isinstance(error, kind))


def damage(what: str) -> sqlite3.DatabaseError:
    """The error that SQLite would have raised, had it seen it."""
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
