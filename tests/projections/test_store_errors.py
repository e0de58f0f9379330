import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Boolean, Text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from projections.attempt_index import ATTEMPT
from projections.call_index import CALL
from projections.row_writes import insert_rows
from projections.store import ViewStore, postgres_store
from projections.store_errors import is_damage, is_of_values, is_passing
from tests.adapters.ledger.postgres_server import Server
from tests.projections.kept_views import new_store


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


REFUSED = {
    "a number beyond 64 bits": 2**63,
    "a text": "no number",
    "another kind": {"a": 1},
    "nothing": None,
}


DEFAULTS: dict[type, object] = {BigInteger: None, Text: "", Boolean: False}


def _refusal(store: ViewStore, sent_at: object) -> Exception:
    """What a database says to a row with this value."""
    kept = {"place": 1, "call_id": "call_1", "first_heard_at": sent_at, "heard_at": 1}
    row = tuple(kept.get(column.name, DEFAULTS[type(column.type)]) for column in CALL.c)
    with store.writing() as connection, pytest.raises(Exception, match=r".") as refused:
        insert_rows(connection, CALL, [row])
    return refused.value


@pytest.mark.parametrize("kind", REFUSED)
def test_a_value_that_postgresql_refuses_neither_passes_nor_is_damage(postgres: Server, kind: str) -> None:
    with closing(postgres_store(postgres.new_database(), "refusing")) as store:
        store.create()
        error = _refusal(store, REFUSED[kind])
        assert (is_passing(error), is_damage(error)) == (False, False)
        assert is_of_values(error)


@pytest.mark.parametrize("kind", ["another kind", "nothing"])
def test_a_value_that_sqlite_refuses_neither_passes_nor_is_damage(tmp_path: Path, kind: str) -> None:
    with new_store(tmp_path / "views.db") as store:
        error = _refusal(store, REFUSED[kind])
        assert (is_of_values(error), is_passing(error), is_damage(error)) == (True, False, False)


def test_a_text_that_is_too_long_for_its_index_is_refused_for_ever_and_does_not_pass(postgres: Server) -> None:
    random = "".join(f"{place * 7_919 % 104_729:x}" for place in range(20_000))
    with closing(postgres_store(postgres.new_database(), "refusing")) as store:
        store.create()
        with store.writing() as connection, pytest.raises(OperationalError) as refused:
            insert_rows(connection, ATTEMPT, [(random, 1, "recipient:a", True, None)])
    assert (is_of_values(refused.value), is_passing(refused.value)) == (True, False)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("select", {}, sqlite3.OperationalError("database is locked")),
        ProgrammingError("select", {}, sqlite3.ProgrammingError("Cannot operate on a closed database.")),
        ValueError("binding parameter"),
    ],
)
def test_what_is_no_refusal_of_a_value_is_told_from_it(error: Exception) -> None:
    assert not is_of_values(error)
