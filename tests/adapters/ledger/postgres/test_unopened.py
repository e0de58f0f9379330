"""A ledger in PostgreSQL is looked at in a session that cannot write."""

from itertools import count
from pathlib import Path

import psycopg
import pytest

from adapters.ledger.postgres.opening import open_postgres_ledger
from adapters.ledger.postgres.unopened import unopened_in_postgres
from adapters.ledger.unopened import unopened_database
from domain.errors import LedgerUnusable
from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.serving import NOON

KEY = bytes(32)


@pytest.fixture
def url(postgres: Server) -> str:
    """A ledger without events."""
    url, ids = postgres.new_database(), count()
    open_postgres_ledger(url, clock=lambda: NOON, new_event_id=lambda: f"e{next(ids)}", new_key=lambda _: KEY).close()
    return url


def test_a_database_without_a_ledger_has_none_and_gets_none(postgres: Server) -> None:
    url = postgres.new_database()

    with unopened_database(url) as ledger:
        assert ledger is None
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('public.ledger_events')").fetchone() == (None,)


def test_rows_and_what_is_kept_beside_them_are_read_and_nothing_can_be_written(url: str) -> None:
    with psycopg.connect(url) as connection:
        for version, state in enumerate((b"1", b"2", b"3"), start=1):
            connection.execute(
                "INSERT INTO public.ledger_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)",
                ("call:1", version, "call.reported", state),
            )

    with unopened_in_postgres(url) as ledger:
        assert ledger is not None
        assert ledger.end() == 3
        assert [(row[0], row[2], bytes(row[4])) for row in ledger.rows_up_to(3, 2)] == [(3, 3, b"3"), (2, 2, b"2")]
        assert ledger.meta("pseudonym_key") == KEY.hex()
        assert ledger.meta("none") is None
        assert ledger.bytes_on_disk() > 0
        with pytest.raises(LedgerUnusable, match="read-only transaction"):
            ledger._ask("DELETE FROM public.ledger_events")


def test_the_server_is_named_and_who_else_is_on_the_database(url: str) -> None:
    with psycopg.connect(url), unopened_in_postgres(url) as ledger:
        assert ledger is not None
        notes = ledger.notes

    assert notes[0].startswith("the ledger is in PostgreSQL 1")
    assert any(text.startswith("1 other session on this database") for text in notes)


def test_a_server_on_which_no_ledger_is_kept_is_refused_as_at_a_start(postgres: Server, url: str) -> None:
    with (
        postgres.setting("fsync", "off"),
        pytest.raises(LedgerUnusable, match="PostgreSQL's fsync is off"),
        unopened_in_postgres(url),
    ):
        pass


def test_a_database_that_cannot_be_reached_is_said_to_be_that(tmp_path: Path) -> None:
    with (
        pytest.raises(LedgerUnusable, match="the database cannot be reached"),
        unopened_database(f"postgresql:///none?host={tmp_path}"),
    ):
        pass
