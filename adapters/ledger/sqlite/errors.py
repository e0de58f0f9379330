"""SQLite's errors, as the library names them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError, PersistenceError

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


def translation(error: sqlite3.Error) -> PersistenceError:
    """The library's error that this one is."""
    return next(named(error) for kind, named in _NAMES if isinstance(error, kind))
