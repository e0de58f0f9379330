"""SQLite's errors, as the library names them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError, PersistenceError


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseError(error) from error
    except sqlite3.Error as error:
        raise PersistenceError(error) from error
