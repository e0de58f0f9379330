import sqlite3

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from projections.store_errors import is_damage, is_passing


def _error(code: int) -> DatabaseError:
    cause = sqlite3.OperationalError("no")
    cause.sqlite_errorcode = code
    return OperationalError("select", {}, cause)


@pytest.mark.parametrize(
    ("code", "passing", "damage"),
    [
        (sqlite3.SQLITE_CORRUPT, False, True),
        (sqlite3.SQLITE_CORRUPT_INDEX, False, True),
        (sqlite3.SQLITE_NOTADB, False, True),
        (sqlite3.SQLITE_BUSY, True, False),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True, False),
        (sqlite3.SQLITE_FULL, True, False),
        (sqlite3.SQLITE_IOERR_WRITE, True, False),
        (sqlite3.SQLITE_CANTOPEN, True, False),
        (sqlite3.SQLITE_ERROR, False, False),
    ],
)
def test_damage_is_told_from_what_passes(code: int, passing: bool, damage: bool) -> None:
    assert (is_passing(_error(code)), is_damage(_error(code))) == (passing, damage)


def test_what_is_no_error_of_a_database_neither_passes_nor_is_damage() -> None:
    assert (is_passing(ValueError()), is_damage(ValueError())) == (False, False)
