"""Another program holds the write lock of the ledger's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.ledger.sqlite import datastore
from domain.errors import LedgerUnavailable, LedgerUnusable
from tests.adapters.ledger.stage import ask, create, do, feed, open_ledger, outcome, start

A_WHILE_SECONDS = 0.3


@contextmanager
def locked(folder: Path) -> Iterator[sqlite3.Connection]:
    """A transaction of somebody else that writes; its end is the caller's."""
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.mark.parametrize("ends", ["COMMIT", "ROLLBACK"])
def test_a_command_waits_for_another_programs_lock_and_is_stored(tmp_path: Path, ends: str) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        do(ledger, create("c0"))
        with locked(tmp_path) as other:
            asked = [ask(ledger, create("c1")), ask(ledger, start("c0"))]
            for one in asked:
                with pytest.raises(TimeoutError):
                    one.result(A_WHILE_SECONDS)
            other.execute(ends)
            assert [outcome(one).error for one in asked] == [None, None]
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1", "campaign:c0"]
        assert ledger.trouble is None


def test_a_lock_that_is_held_for_too_long_turns_the_command_back_in_words_and_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datastore, "WRITE_LOCK_WAIT_SECONDS", 0.05)
    with closing(open_ledger(tmp_path)) as ledger:
        with locked(tmp_path):
            error = outcome(ask(ledger, create("c0"))).error
            assert isinstance(error, LedgerUnavailable)
            assert str(error) == ledger.trouble
            assert "another program has held the write lock of ledger.db for 0.05 s: end its transaction" in str(error)
        do(ledger, create("c1"))
        assert [r.stream for r in feed(ledger)] == ["campaign:c1"]


def test_a_start_under_another_programs_lock_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ledger(tmp_path).close()
    monkeypatch.setattr(datastore, "WRITE_LOCK_WAIT_SECONDS", 0.05)
    with locked(tmp_path), pytest.raises(LedgerUnusable, match=r"held the write lock of ledger\.db for 0\.05 s"):
        open_ledger(tmp_path)
