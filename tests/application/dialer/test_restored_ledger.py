"""Marks that are about another ledger, another folder or another time prove nothing: nobody is called a second time."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from adapters.folder_owner import FolderOwner
from adapters.sending_marks import LastCommit, MarksHeader, open_marks
from application.commands.attempts import StartedAttempt
from application.commands.outcomes import settle_attempt
from domain.dial_outcome import Abandoned
from entrypoints.process import boot_id
from entrypoints.settings import load_settings
from entrypoints.wiring import running_system
from tests.adapters.ledger.postgres_server import Server
from tests.application.dialer.stage import BY
from tests.application.dialer.test_recovery import ENVIRON, leave_behind, marks_of, start_again

ALL_IN_DOUBT = {"unresolved": 3}


def written_over(copy: Path, ledger: Path) -> None:
    """As `cp` does: the file stays the same one."""
    for beside in ("-wal", "-shm"):
        ledger.with_name(ledger.name + beside).unlink(missing_ok=True)
    ledger.write_bytes(copy.read_bytes())


def put_in_its_place(copy: Path, ledger: Path) -> None:
    """As `mv` does."""
    for beside in ("-wal", "-shm"):
        ledger.with_name(ledger.name + beside).unlink(missing_ok=True)
    copy.replace(ledger)


def backed_up(ledger: Path) -> Path:
    """As sqlite3's `.backup` does."""
    copy = ledger.with_name("copy.db")
    with closing(connect(ledger)) as source, closing(connect(copy)) as target:
        source.backup(target)
    return copy


async def settle(folder: Path, attempts: list[StartedAttempt]) -> None:
    """Record what became of them, and end with marks that know of it, but have not let go of them."""
    owner = FolderOwner.take(folder, "test")
    settings = load_settings({**ENVIRON, "DIALTRAIL_HOME": str(folder)})
    async with running_system(settings, owner) as parts:
        for attempt in attempts:
            outcome = Abandoned(why="in the past that the copy knows nothing of")
            await parts.ledger.execute(settle_attempt(attempt, outcome, "key"), lane="answers", metadata=BY)
        about = MarksHeader(boot_id=boot_id(), ledger=parts.ledger.identity(), epoch="before")
        marks = open_marks(marks_of(folder), about, LastCommit(*parts.ledger.last_event()))
    owner.release()
    for attempt in attempts:
        marks.begin(attempt.attempt_id)
    marks.close()


@pytest.mark.parametrize("put_back", [written_over, put_in_its_place])
def test_a_copy_of_the_ledger_that_is_put_back_leaves_everybody_in_doubt(
    tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    async def scenario() -> dict[str, int]:
        started = await leave_behind(tmp_path, [])
        copy = backed_up(tmp_path / "ledger.db")
        await settle(tmp_path, started)
        put_back(copy, tmp_path / "ledger.db")
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == ALL_IN_DOUBT


def test_marks_of_an_earlier_time_that_are_put_back_prove_nothing_of_later_attempts(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, [])
        marks = marks_of(tmp_path)
        earlier = bytearray(marks.read_bytes())
        at = earlier.index(b"att_0")
        earlier[at : at + 5] = b"att_9"
        marks.write_bytes(earlier)
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}


class WholeFolder:
    """All files of a folder, as they were when it was copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, bytes] = {}

    def copy(self) -> None:
        """Read them, while the process runs."""
        self._files = {file: file.read_bytes() for file in self._folder.iterdir() if file.is_file()}

    def write_back(self) -> None:
        """As `cp -r copy/. folder` does: each file stays the same one."""
        for file, content in self._files.items():
            file.write_bytes(content)

    def put_beside_and_back(self) -> None:
        """As `cp` does after the folder was moved away and moved back."""
        self._folder.rename(self._folder.with_name("away")).rename(self._folder)
        self.write_back()


@pytest.mark.parametrize("put_back", [WholeFolder.write_back, WholeFolder.put_beside_and_back])
def test_who_was_called_after_a_copy_of_all_that_is_in_the_folder_is_in_doubt_when_it_is_put_back(
    tmp_path: Path, put_back: Callable[[WholeFolder], None]
) -> None:
    folder = tmp_path / "data"
    whole = WholeFolder(folder)

    async def scenario() -> dict[str, int]:
        await leave_behind(folder, ["att_1"], before_they_leave=whole.copy)
        put_back(whole)
        return await start_again(folder)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}


def test_outcomes_that_came_after_a_copy_put_everybody_in_doubt_when_it_is_put_back(tmp_path: Path) -> None:
    whole = WholeFolder(tmp_path)

    async def scenario() -> dict[str, int]:
        started = await leave_behind(tmp_path, [], before_they_leave=whole.copy)
        await settle(tmp_path, started)
        whole.write_back()
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == ALL_IN_DOUBT


def test_a_database_that_is_set_back_with_the_folder_puts_who_was_called_since_in_doubt(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()
    whole = WholeFolder(tmp_path)

    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, ["att_0"], before_they_leave=whole.copy, DIALTRAIL_DATABASE_URL=url)
        whole.write_back()
        return await start_again(tmp_path, DIALTRAIL_DATABASE_URL=url)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}


def test_a_folder_that_was_copied_elsewhere_with_its_marks_proves_nothing(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path / "one", [])
        shutil.copytree(tmp_path / "one", tmp_path / "other")
        return await start_again(tmp_path / "other")

    assert asyncio.run(scenario()) == ALL_IN_DOUBT


def test_two_folders_used_in_turn_on_one_database_say_nothing_of_each_others_attempts(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> dict[str, int]:
        started = await leave_behind(tmp_path / "one", [], DIALTRAIL_DATABASE_URL=url)
        marks = marks_of(tmp_path / "one")
        others = marks.read_bytes().replace(started[0].attempt_id.encode(), b"att_7").replace(b"att_1", b"att_8")
        marks.write_bytes(others)
        return await start_again(tmp_path / "one", DIALTRAIL_DATABASE_URL=url)

    assert asyncio.run(scenario()) == {"queued": 1, "unresolved": 2}


def test_a_database_made_from_a_dump_is_another_ledger(tmp_path: Path, postgres: Server) -> None:
    url = postgres.new_database()

    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, [], DIALTRAIL_DATABASE_URL=url)
        return await start_again(tmp_path, DIALTRAIL_DATABASE_URL=postgres.restored(postgres.dump(url)))

    assert asyncio.run(scenario()) == ALL_IN_DOUBT


def test_the_same_database_and_folder_prove_what_they_know(tmp_path: Path, postgres: Server) -> None:
    url = postgres.new_database()

    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, ["att_1"], DIALTRAIL_DATABASE_URL=url)
        return await start_again(tmp_path, DIALTRAIL_DATABASE_URL=url)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}
