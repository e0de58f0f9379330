"""Who dials owns the database; while it is lost nothing leaves, and nobody is begun to be called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from adapters.folder_owner import FolderOwner
from adapters.ledger.locks import OWNER_LOCK
from application.commands.attempts import StartedAttempt, start_attempt
from domain.errors import LedgerInUse
from entrypoints.process import utc_now
from entrypoints.settings import load_settings
from entrypoints.wiring import running_system
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import create, do
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import KEY, Stage, numbers, play, stage


def settings_of(folder: Path, url: str) -> dict[str, str]:
    return {
        "MINIVOICE_API_KEY": KEY,
        "MINIVOICE_BASE_URL": "http://127.0.0.1:9",
        "DIALTRAIL_HOME": str(folder),
        "DIALTRAIL_DATABASE_URL": url,
    }


def test_a_second_dialer_on_one_database_is_refused_and_others_may_write_as_before(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        async with stage(tmp_path / "one", database_url=url) as it:
            second = load_settings(settings_of(tmp_path / "other", url))
            owner = FolderOwner.take(tmp_path / "other", "up")
            with pytest.raises(LedgerInUse, match=r"this database is in use by dialtrail up \(process"):
                async with running_system(second, owner, dials=True):
                    pass
            with closing(open_ledger(url)) as ledger:
                do(ledger, create("by_the_other"))
            owner.release()

            await it.campaign(numbers(1))
            await it.until("its own campaign is over", lambda: it.phase() == "completed")

    play(scenario)


@asynccontextmanager
async def lost_to_another(folder: Path, url: str) -> AsyncIterator[tuple[Stage, psycopg.AsyncConnection]]:
    """A campaign of two people that was begun while another connection held the database, and is known to hold it."""
    async with (
        stage(folder, database_url=url, answer_rate=1.0) as it,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as other,
    ):
        await it.campaign(numbers(2), starts=False)
        await other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid=%s", (OWNER_LOCK,))
        await other.execute("SELECT pg_advisory_lock(%s)", (OWNER_LOCK,))
        await it.until("it is lost", lambda: "is in use by" in (it.parts.troubles()["dialer"] or ""))
        await it.do(start_campaign("spring"))
        yield it, other


def test_while_the_database_is_lost_nobody_is_begun_to_be_called_and_health_says_by_whom_it_is_held(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        async with lost_to_another(tmp_path, url) as (it, other):
            for _ in range(20):
                it.dialer._scheduler.tick(asyncio.get_running_loop().time())
                await it.parts.follower.moved(0.05)
            assert it.events("attempt.started") == []

            await other.close()
            await it.until("they are called", lambda: it.counts() == {"reached": 2})
            assert it.dialer._gates._others_sent_until is not None

    play(scenario)


def test_what_another_owner_left_on_the_wire_meanwhile_is_settled_once_the_database_is_ours_again(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        async with lost_to_another(tmp_path, url) as (it, other):
            with closing(open_ledger(url, utc_now)) as ledger:
                command = start_attempt(
                    attempt_id="att_of_the_other",
                    campaign_id="spring",
                    stream=ledger.recipient_stream(numbers(1)[0]),
                    fingerprint=it.parts.in_flight.fingerprint or "",
                    epoch="other",
                    only_numbers=None,
                )
                assert isinstance(do(ledger, command, "attempts"), StartedAttempt)

            await other.close()
            await it.until("settled", lambda: it.counts() == {"reached": 1, "unresolved": 1})

    play(scenario)
