"""A backup put back over a campaign that runs: nobody is called before an operator says so."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from application.commands.account import resume_account
from tests.adapters.ledger.postgres_server import Server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, stage
from tests.application.dialer.test_restored_ledger import backed_up, put_in_its_place, written_over

PEOPLE = 4


async def called(play: Stage, count: int) -> None:
    await play.until(f"{count} are called", lambda: len(play.posts()) == count)


async def played(folder: Path, backup: Callable[[], None], database_url: str | None = None) -> None:
    """Half of them are called, then the backup is made, while it runs; then all others are."""
    async with stage(folder, database_url=database_url) as play:
        await play.campaign(numbers(PEOPLE // 2))
        await called(play, PEOPLE // 2)
        await play.campaign(numbers(PEOPLE)[PEOPLE // 2 :], "autumn", starts=False)
        await asyncio.to_thread(backup)
        await play.do(start_campaign("autumn"))
        await called(play, PEOPLE)
        await play.until("all of it is over", lambda: play.phase("autumn") == "completed")


def keep(folder: Path, kept: Path) -> None:
    """As sqlite3's `.backup` does, beside the process that writes."""
    kept.parent.mkdir(exist_ok=True)
    shutil.move(backed_up(folder / "ledger.db"), kept)


def vacuum_into(folder: Path, kept: Path) -> None:
    """As SQLite's statement of that name does, beside the process that writes."""
    kept.parent.mkdir()
    with closing(connect(folder / "ledger.db")) as ledger:
        ledger.execute("VACUUM INTO ?", (str(kept),))


async def start_again(folder: Path, database_url: str | None = None) -> list[str]:
    """Why nobody is called, and that then everybody is whom the backup does not know to be called."""
    async with stage(folder, database_url=database_url) as play:
        await play.until("it is paused", lambda: play.parts.in_flight.account.pause is not None)
        await play.do(start_campaign("autumn"))
        for _ in range(10):
            await play.parts.follower.moved(0.02)
        assert play.posts() == []
        pause = play.parts.in_flight.account.pause
        assert pause is not None
        found = [pause.cause, str(pause.code), *(one.name for one in play.events("ledger.restored"))]
        await play.do(resume_account(play.parts.in_flight.fingerprint, play.parts.ledger.position))
        await called(play, PEOPLE // 2)
        return found


@pytest.mark.parametrize("put_back", [written_over, put_in_its_place])
def test_a_backup_of_the_ledger_is_put_in_its_place(tmp_path: Path, put_back: Callable[[Path, Path], None]) -> None:
    folder, kept = tmp_path / "data", tmp_path / "kept.db"

    async def scenario() -> list[str]:
        await played(folder, lambda: keep(folder, kept))
        put_back(kept, folder / "ledger.db")
        return await start_again(folder)

    assert asyncio.run(scenario()) == ["restored", "events_missing", "ledger.restored"]


def test_the_folder_is_put_back_as_a_whole(tmp_path: Path) -> None:
    """With all that lies in it: what lies beside it knows."""
    folder, kept = tmp_path / "data", tmp_path / "kept"

    def backup() -> None:
        keep(folder, kept / "ledger.db")
        shutil.copy(folder / "ledger.highwater", kept)

    async def scenario() -> list[str]:
        await played(folder, backup)
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        return await start_again(folder)

    assert asyncio.run(scenario()) == ["restored", "events_missing", "ledger.restored"]


def test_the_backup_begins_elsewhere(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"

    async def scenario() -> list[str]:
        await played(folder, lambda: vacuum_into(folder, elsewhere / "ledger.db"))
        return await start_again(elsewhere)

    assert asyncio.run(scenario()) == ["restored", "elsewhere", "ledger.restored"]


@pytest.mark.parametrize("is_in_its_place", [True, False])
def test_a_dump_of_the_database(tmp_path: Path, postgres: Server, is_in_its_place: bool) -> None:
    url, dumps = postgres.new_database(), list[str]()

    async def scenario() -> list[str]:
        await played(tmp_path / "data", lambda: dumps.append(postgres.dump(url)), url)
        if not is_in_its_place:
            return await start_again(tmp_path / "another", postgres.restored(dumps[0]))
        name = Identifier(str(conninfo_to_dict(url)["dbname"]))
        postgres.run(SQL("DROP DATABASE {}").format(name), SQL("CREATE DATABASE {}").format(name))
        postgres._tool("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", url, given=dumps[0])
        return await start_again(tmp_path / "data", url)

    why = "events_missing" if is_in_its_place else "elsewhere"
    assert asyncio.run(scenario()) == ["restored", why, "ledger.restored"]


def test_what_goes_on_where_it_was_is_not_held_up(tmp_path: Path) -> None:
    """Nor is a ledger of a version that knew nothing of this."""
    folder = tmp_path / "data"

    async def scenario() -> list[int]:
        found = []
        for n in range(2):
            async with stage(folder) as play:
                await play.campaign(numbers(2)[n : n + 1], f"c{n}")
                await called(play, 1)
                found.append(len(play.events("ledger.restored", "account.paused")))
            if not n:
                for mark in (tmp_path / ".data.highwater", folder / "ledger.highwater"):
                    assert mark.exists()
        return found

    assert asyncio.run(scenario()) == [0, 0]
