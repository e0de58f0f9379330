"""A ledger whose file is damaged says so, and not that one should try again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from eventsourcing.persistence import DatabaseError

from adapters.event_mapper import EventMapper
from adapters.ledger.reader import open_sqlite_reader
from adapters.sqlite_errors import is_damage
from domain.errors import LedgerUnavailable, LedgerUnusable
from tests.adapters.ledger.stage import create, do, open_ledger

PAGE_BYTES = 4_096


def test_a_page_that_is_no_page_is_named_as_damage(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        for n in range(40):
            do(ledger, create(f"c{n}"))
    file = tmp_path / "ledger.db"
    content = bytearray(file.read_bytes())
    last = content.rindex(b"campaign:c39") // PAGE_BYTES * PAGE_BYTES
    content[last] ^= 0xFF  # which kind of page it is
    file.write_bytes(content)

    said = r"\(database disk image is malformed\): ledger.db is damaged; `dialtrail doctor` says where, and a backup"
    with closing(open_sqlite_reader(tmp_path)) as reader, pytest.raises(LedgerUnavailable, match=said):
        reader.read_feed(0, 100)


def test_what_is_not_sqlite_s_word_is_no_damage() -> None:
    assert not is_damage(None)
    assert not is_damage(DatabaseError("malformed"))


@pytest.mark.parametrize("stream", [None, 7, b"campaign:c1"])
def test_a_row_whose_columns_were_turned_is_named(stream: object) -> None:
    with pytest.raises(LedgerUnusable, match="event 1 of an unreadable stream"):
        EventMapper().decode(1, stream, 1, "campaign.created", None)  # type: ignore[arg-type]


class Backwards:
    """What SQLite gives of a page on which a row's position was turned."""

    def execute(self, words: str, values: object) -> None:
        pass

    def fetchall(self) -> list[tuple[object, ...]]:
        return [(8, "call:1", 1, "call.created", b"{}"), (2, "call:1", 2, "call.answered", b"{}")]


def test_rows_that_go_back_end_the_reading_instead_of_beginning_it_again(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        recorder = cast("Any", ledger)._recorder
        with pytest.raises(sqlite3.DatabaseError, match="the rows after position 7 end at 2") as raised:
            recorder.select_feed(Backwards(), 7, 10)
        assert is_damage(raised.value)
        assert len(recorder.select_feed(Backwards(), 1, 10)) == 2


@pytest.mark.parametrize("state", [None, b"", b"{", b"\xff", 7])
def test_a_last_event_without_a_time_is_damage(state: Any) -> None:
    for read in (EventMapper().stamp, EventMapper().event_id):
        with pytest.raises(LedgerUnusable, match="an event's stored state cannot be read"):
            read(state)
