"""`dialtrail copy` where others are at work on the databases."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from adapters.ledger import owned_database
from domain.errors import LedgerUnusable
from entrypoints.cli import moving_parts
from entrypoints.process import awake_and_asleep
from entrypoints.roles import SERVE
from entrypoints.settings import load_settings
from entrypoints.wiring import running_system
from tests.adapters.ledger import postgres_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.application.copied_ledgers import table
from tests.entrypoints.cli.conftest import Ran, Run

PLAN = '{"id": "spring", "from": "+15559870000"}'


@pytest.fixture
def home(tmp_path: Path, dialtrail: Run) -> Path:
    """A data folder with a campaign."""
    (tmp_path / "spring.json").write_text(PLAN)
    assert dialtrail("campaign", "create", "spring.json").code == 0
    return tmp_path / "home"


def test_it_is_refused_while_another_process_dials_on_the_database(
    dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = postgres.new_database()
    monkeypatch.setattr(moving_parts, "LEASE_WAIT_SECONDS", 0.2)
    (tmp_path / "spring.json").write_text(PLAN)
    monkeypatch.setenv("DIALTRAIL_DATABASE_URL", url)
    assert dialtrail("campaign", "create", "spring.json").code == 0

    async def hold() -> None:
        async with owned_database(url, "up", awake_and_asleep):
            ran.append(await asyncio.to_thread(dialtrail, "copy", "--to", str(tmp_path / "there")))

    ran: list[Ran] = []
    asyncio.run(hold())

    assert ran[0].code == 1
    assert "DIALTRAIL_DATABASE_URL: dialtrail up (process" in ran[0].talk
    assert "dials; stop it, and copy then" in ran[0].talk
    assert table(url)[-1][3] == "campaign.created"


def test_a_database_on_which_anything_runs_is_no_target(home: Path, dialtrail: Run, postgres: Server) -> None:
    """It has made a key of its own, which what it records later would be under."""
    url = postgres.new_database()
    postgres_ledger.open_ledger(url).close()

    async def hold() -> None:
        async with owned_database(url, "serve", awake_and_asleep, wants=False):
            ran.append(await asyncio.to_thread(dialtrail, "copy", "--to", url))
        ran.append(await asyncio.to_thread(dialtrail, "copy", "--to", url))

    ran: list[Ran] = []
    asyncio.run(hold())

    assert [one.code for one in ran] == [1, 0]
    assert "--to: the database is in use by dialtrail serve (process" in ran[0].talk
    assert "stop it, and copy then" in ran[0].talk


def test_who_opened_a_database_before_a_ledger_came_into_it_does_not_go_on(
    home: Path, dialtrail: Run, postgres: Server, tmp_path: Path
) -> None:
    """It has a key of its own in mind; and whoever goes on is somebody who runs there."""
    url = postgres.new_database()
    settings = load_settings({"DIALTRAIL_HOME": str(tmp_path / "other"), "DIALTRAIL_DATABASE_URL": url})
    owner = FolderOwner.take(tmp_path / "other", "serve")

    async def ask() -> None:
        async with running_system(settings, owner, role=SERVE):
            ran.append(await asyncio.to_thread(dialtrail, "copy", "--to", url))

    ran: list[Ran] = []
    try:
        asyncio.run(ask())
    finally:
        owner.release()
    with closing(postgres_ledger.open_ledger(url)) as opened:
        opened.place.require_as_opened(opened.key_check)
        ran.append(dialtrail("copy", "--to", url))
        with pytest.raises(LedgerUnusable, match="a ledger was copied into this database just now"):
            opened.place.require_as_opened(opened.key_check)

    assert "--to: the database is in use by dialtrail serve (process" in ran[0].talk
    assert [one.code for one in ran] == [1, 0]
