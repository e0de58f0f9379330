"""A store that only reads."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.verifiable_log.opening import open_log_store
from domain.errors import LedgerUnusable


def test_who_only_reads_makes_no_file_and_writes_nothing(tmp_path: Path) -> None:
    with closing(open_log_store(tmp_path, None, only_reads=True)) as reads:
        assert (reads.head(), reads.newest(), reads.signing_keys()) == (None, None, [])
        assert list(tmp_path.iterdir()) == []
        with closing(open_log_store(tmp_path, None)) as writes:
            head = writes.begin("example.org/log")
            assert reads.head() == head
            with pytest.raises(LedgerUnusable, match="readonly"):
                reads.begin("example.org/other")
            assert (tmp_path / "log.db").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(tmp_path / "log.db")) as file:
        assert file.execute("SELECT count(*) FROM log").fetchone() == (1,)


def test_a_head_whose_numbers_are_none_is_damage(tmp_path: Path) -> None:
    with closing(open_log_store(tmp_path, None)) as writes:
        writes.begin("example.org/log")
    with closing(sqlite3.connect(tmp_path / "log.db")) as file:
        file.execute("UPDATE log SET size='many'")
        file.commit()
    said = r"log.db cannot be used \(a row of it is damaged\); stop Dialtrail"
    with (
        closing(open_log_store(tmp_path, None, only_reads=True)) as reads,
        pytest.raises(LedgerUnusable, match=said),
    ):
        reads.heads()
