"""keys.db when its process ends at any step of making keys and destroying them: what was said to be durable is, and nothing is half."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.keys import DESTROYED, KEYS_FILE, KeyPool, SqliteKeyTable, slice_of
from domain.errors import LedgerUnavailable
from tests.adapters.keys.killed import made
from tests.child_process import ChildProcess

CHECKOUT = Path(__file__).resolve().parents[3]
OLD, NEW = "batch0", "batch1"
GONE = (3, 40)
GONE_IDS = [f"{OLD}.{place}" for place in GONE]
LINES = 40


class Killed(LedgerUnavailable):
    """The process ended here."""


class MortalConnection:
    """A connection of which the process ends with the n-th statement, before it or once it is done; the files are kept as they are then."""

    def __init__(
        self, connection: sqlite3.Connection, folder: Path, kept: Path, dies_at: int, *, is_done: bool
    ) -> None:
        self._connection, self._folder, self._kept = connection, folder, kept
        self._left, self._is_done = dies_at, is_done

    def execute(self, *words: Any) -> sqlite3.Cursor:
        self._left -= 1
        if self._left < 0:
            raise Killed  # what would still be done is not
        if not self._left and not self._is_done:
            self._die()
        cursor = self._connection.execute(*words)
        if not self._left:
            self._die()
        return cursor

    def close(self) -> None:
        self._connection.close()

    def _die(self) -> None:
        shutil.copytree(self._folder, self._kept)
        raise Killed


def killed_at_each_step(folder: Path, do: Callable[[SqliteKeyTable], object]) -> list[Path]:
    """What lies there after a kill at each statement that it makes, before it and after it."""
    found: list[Path] = []
    for is_done in (False, True):
        for dies_at in range(1, 100):
            place, kept = folder / f"{is_done}{dies_at}", folder / f"{is_done}{dies_at}-kept"
            shutil.copytree(folder / "begun", place)
            with closing(SqliteKeyTable(place, writes=True)) as table:
                table._connection = MortalConnection(table._connection, place, kept, dies_at, is_done=is_done)  # type: ignore[assignment]
                try:
                    do(table)
                except Killed:
                    found.append(kept)
                    continue
            break
    return found


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder with the store of one batch in `begun`."""
    (tmp_path / "begun").mkdir()
    with closing(SqliteKeyTable(tmp_path / "begun", writes=True)) as table:
        table.add(OLD, made(OLD))
    return tmp_path


def state(folder: Path) -> tuple[bytes | None, bytes | None, str | None]:
    with closing(SqliteKeyTable(folder, writes=True)) as table:
        return table.read(OLD), table.read(NEW), table.mark()


def destroyed() -> bytes:
    keys = bytearray(made(OLD))
    for place in GONE:
        keys[place * 32 : (place + 1) * 32] = DESTROYED
    return bytes(keys)


def test_a_batch_is_there_whole_or_not_at_all(begun: Path) -> None:
    kept = killed_at_each_step(begun, lambda table: table.add(NEW, made(NEW)))

    assert [state(one) for one in kept] == [(made(OLD), None, None), (made(OLD), made(NEW), None)]


def test_keys_are_destroyed_all_with_the_mark_or_none_and_a_second_try_leaves_nothing(begun: Path) -> None:
    before, after = (made(OLD), None, None), (destroyed(), None, "1 event")
    kept = killed_at_each_step(begun, lambda table: table.overwrite(GONE_IDS, "1 event"))

    found = [state(one) for one in kept]
    assert len(kept) == 12
    assert set(found) == {before, after}
    for one in kept:
        with closing(SqliteKeyTable(one, writes=True)) as table:
            table.overwrite(GONE_IDS, "1 event")
            left = b"".join(file.read_bytes() for file in one.glob("keys/*"))
            assert not any(slice_of(made(OLD), place) in left for place in GONE)
        assert state(one) == after


def test_a_wal_that_is_torn_anywhere_has_all_of_it_or_nothing(begun: Path) -> None:
    before, after = (made(OLD), None, None), (destroyed(), None, "1 event")
    kept = killed_at_each_step(begun, lambda table: table.overwrite(GONE_IDS, "1 event"))
    whole = next(one for nth, one in enumerate(kept) if state_of_copy(one, begun / f"look{nth}", None) == after)
    wal = (whole / f"{KEYS_FILE}-wal").stat().st_size

    found = [state_of_copy(whole, begun / f"torn{at}", at) for at in [*range(0, wal, 509), wal - 1, wal]]

    assert found[0] == before
    assert found[-1] == after
    assert set(found) == {before, after}
    assert found == sorted(found, key=lambda one: one == after)  # never back again


def state_of_copy(folder: Path, to: Path, wal_bytes: int | None) -> tuple[bytes | None, bytes | None, str | None]:
    """What a new process finds, if so much of the WAL came to the disk."""
    shutil.copytree(folder, to)
    (to / f"{KEYS_FILE}-shm").unlink(missing_ok=True)
    if wal_bytes is not None:
        with (to / f"{KEYS_FILE}-wal").open("r+b") as file:
            file.truncate(wal_bytes)
    return state(to)


def test_no_key_is_given_whose_batch_is_not_durable(begun: Path) -> None:
    """A second batch is made beside it, by a thread: who takes waits for the first alone."""
    taken: list[str] = []

    def take(table: SqliteKeyTable) -> None:
        pool = KeyPool(table.add, lambda count: b"\x05" * count)
        taken.append(pool.take()[0])

    for one in killed_at_each_step(begun, take):
        with closing(SqliteKeyTable(one, writes=True)) as table:
            assert len(table.batches("", 10)) in {1, 2}
    assert len(taken) == 2  # those two that nobody killed


def test_kill_9_of_a_real_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.adapters.keys.killed", str(tmp_path)]
    with ChildProcess(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(LINES)]
        process.kill()

    with closing(SqliteKeyTable(tmp_path, writes=True)) as table:
        for what, nth in said:
            keys, place = table.read(f"batch{nth}") or b"", int(nth) % 64
            assert slice_of(keys, place + 1) == slice_of(made(f"batch{nth}"), place + 1)
            assert what == "made" or slice_of(keys, place) == DESTROYED
        assert int((table.mark() or "0").split()[0]) >= LINES // 2
        left = b"".join(file.read_bytes() for file in tmp_path.glob("keys/*"))
        assert not any(slice_of(made(f"batch{n}"), n) in left for n in range(LINES // 2))
