"""What a loss of power takes, and marks that lie."""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from adapters.sending_marks import LastCommit, MarksHeader, open_marks, read_witness
from tests.simulation.losses import FOREIGN, Connections, lose_unsynced, put_foreign_marks

ROWS = 40
SEEDS = range(6)
HERE = MarksHeader(boot_id="boot-1", ledger={"id": "ours"}, epoch="one")


def rows_left(folder: Path, synchronous: str, seed: int) -> int:
    """Of rows that were each committed, how many are there after the loss; the file is whole."""
    folder.mkdir()
    connections = Connections()
    with connections.noted():
        writer = sqlite3.connect(folder / "some.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute(f"PRAGMA synchronous={synchronous}")
    writer.execute("CREATE TABLE rows (n)")
    for n in range(ROWS):
        writer.execute("INSERT INTO rows VALUES (?)", (n,))
        if n == ROWS // 2:
            writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
    lose_unsynced(folder, connections, Random(seed))
    after = sqlite3.connect(folder / "some.db")
    assert after.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = [n for (n,) in after.execute("SELECT n FROM rows ORDER BY n")]
    assert found == list(range(len(found)))
    after.close()
    writer.close()
    return len(found)


def test_a_loss_of_power_takes_the_end_of_what_is_not_synced_at_each_commit_and_nothing_else(tmp_path: Path) -> None:
    assert {rows_left(tmp_path / f"full-{seed}", "FULL", seed) for seed in SEEDS} == {ROWS}

    left = [rows_left(tmp_path / f"normal-{seed}", "NORMAL", seed) for seed in SEEDS]
    assert ROWS // 2 < min(left) < ROWS
    assert len(set(left)) > 2


@pytest.mark.parametrize("how", FOREIGN)
def test_foreign_marks_say_that_nothing_was_sent_and_are_not_believed(tmp_path: Path, how: str) -> None:
    (tmp_path / "one").mkdir()
    path = tmp_path / "one" / "1-2.marks"
    marks = open_marks(path, HERE, LastCommit())
    marks.begin("attempt-1")
    marks.mark("attempt-1")
    seed = next(seed for seed in range(100) if Random(seed).choice(FOREIGN) == how)

    assert put_foreign_marks(tmp_path, Random(seed)) == how

    found = read_witness(path, HERE, lambda _: True)
    assert found.doubt is not None
    assert not found.certainly_not_sent("attempt-1", "one")
    assert b"attempt-1".ljust(63, b"\0") + b"b" in path.read_bytes()


def test_where_there_are_no_marks_there_are_none_to_put_others_in_place_of(tmp_path: Path) -> None:
    assert put_foreign_marks(tmp_path, Random(1)) is None
