"""A store of keys of which something turned: it says so, shows no key, and takes nothing for an erasure."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from traceback import format_exception

import pytest

from adapters.keys import KEYS_FILE, MISSING, slice_of
from adapters.keys.sqlite_table import SqliteKeyTable
from domain.errors import LedgerUnavailable
from domain.recipient import RecipientEnrolled
from tests.crashes.damage import sealed, served

KEYS = bytes(range(65, 65 + 32)) + b"\xfe" * 32


@pytest.fixture
def table(tmp_path: Path) -> Iterator[SqliteKeyTable]:
    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        table.add("one", KEYS)
        yield table


@pytest.mark.parametrize("stored", ["64", "CAST(keys AS TEXT)", "1.5", "CAST('some text' AS TEXT)"])
def test_what_is_no_bytes_is_no_keys_and_is_not_shown(table: SqliteKeyTable, tmp_path: Path, stored: str) -> None:
    with closing(sqlite3.connect(tmp_path / KEYS_FILE)) as connection, connection:
        connection.execute(f"UPDATE key_batch SET keys={stored}")

    with pytest.raises(LedgerUnavailable, match=r"is damaged: .* newest backup") as raised:
        table.read("one")
    assert "ABCDEF" not in "".join(format_exception(raised.value))


def test_a_key_that_is_not_whole_is_missing() -> None:
    assert [slice_of(KEYS[:40], place) for place in range(3)] == [KEYS[:32], MISSING, MISSING]


def test_a_mark_that_is_none_has_all_gone_through_once_more(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    home = made.folder / "data"
    assert any(isinstance(one.event, RecipientEnrolled) for one in made.events)
    for said in ("1x e", "99999999999999999999 e", "", "-1 e"):
        with closing(sqlite3.connect(home / KEYS_FILE)) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO mark VALUES (1,?)", (said,))
        assert served(home, made.events) == ("true", "")
