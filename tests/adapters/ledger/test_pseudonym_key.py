import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import Ledger, open_sqlite_ledger, open_sqlite_reader
from domain.errors import LedgerUnusable
from domain.identity import recipient_stream
from tests.adapters.ledger.stage import NUMBER, Clock, create, do, event_ids


def open_with(folder: Path, key: bytes) -> Ledger:
    return open_sqlite_ledger(folder, clock=Clock(), new_event_id=event_ids(), new_key=lambda size: key[:size])


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def used(tmp_path: Path) -> Path:
    ledger = open_with(tmp_path, b"a" * 32)
    do(ledger, create("spring"))
    ledger.close()
    return tmp_path


def test_whoever_only_reads_a_ledger_finds_the_same_streams(used: Path) -> None:
    ledger = open_with(used, b"c" * 32)
    with closing(open_sqlite_reader(used)) as reader:
        assert reader.recipient_stream(NUMBER) == ledger.recipient_stream(NUMBER)
    ledger.close()


def test_an_empty_ledger_gets_a_key_and_keeps_it(tmp_path: Path) -> None:
    first = open_with(tmp_path, b"a" * 64)
    first.close()
    second = open_with(tmp_path, b"b" * 64)

    assert first.recipient_stream(NUMBER) == second.recipient_stream(NUMBER) == recipient_stream(b"a" * 32, NUMBER)
    second.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM ledger_meta", "its pseudonym key is gone"),
        ("DELETE FROM ledger_meta WHERE name='pseudonym_key'", "its pseudonym key is gone"),
        ("DELETE FROM ledger_meta WHERE name='pseudonym_key_check'", "pseudonym key is damaged"),
        ("UPDATE ledger_meta SET value=replace(value, '61', '62') WHERE name='pseudonym_key'", "is damaged"),
        ("UPDATE ledger_meta SET value='no hex' WHERE name='pseudonym_key'", "is damaged"),
        ("UPDATE ledger_meta SET value='' WHERE name='pseudonym_key'", "is damaged"),
    ],
)
def test_a_ledger_with_events_is_not_opened_under_another_key(used: Path, statement: str, message: str) -> None:
    change(used, statement)

    with pytest.raises(LedgerUnusable, match=f"{message}.*restore the whole database from a backup"):
        open_with(used, b"b" * 32)


def test_a_ledger_that_was_refused_is_left_as_it_was(used: Path) -> None:
    change(used, "UPDATE ledger_meta SET value='6' || value WHERE name='pseudonym_key'")
    with pytest.raises(LedgerUnusable):
        open_with(used, b"b" * 32)
    change(used, "UPDATE ledger_meta SET value=substr(value, 2) WHERE name='pseudonym_key'")

    ledger = open_with(used, b"b" * 32)

    assert ledger.recipient_stream(NUMBER) == recipient_stream(b"a" * 32, NUMBER)
    ledger.close()


def test_a_key_whose_half_is_lost_is_not_replaced_even_without_events(tmp_path: Path) -> None:
    open_with(tmp_path, b"a" * 32).close()
    change(tmp_path, "DELETE FROM ledger_meta WHERE name='pseudonym_key'")

    with pytest.raises(LedgerUnusable, match="is damaged"):
        open_with(tmp_path, b"b" * 32)
