"""A standby is promoted under a campaign that runs, and lacks the last commits: nobody is called before an operator says so."""

import asyncio
from pathlib import Path

import httpx
import pytest

from adapters.ledger.postgres import lease
from entrypoints.anew import gone_back, keep_what_was_known
from entrypoints.process import utc_now
from tests.adapters.ledger.postgres_server import Server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import SECRET, numbers, stage
from tests.application.dialer.test_restored_guard import called, start_again
from tests.entrypoints.serving import payload, signature

PEOPLE = 4


@pytest.fixture(autouse=True)
def _outlives_this_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop may stand still for longer than a lease lasts."""
    monkeypatch.setattr(lease, "LEASE_SECONDS", 5.0)


@pytest.mark.parametrize("began_again", ["who dialled", "another that followed"])
def test_whoever_knew_what_is_missing_calls_nobody_again(tmp_path: Path, postgres: Server, began_again: str) -> None:
    url, folder = postgres.new_database(), tmp_path / "data"
    next_folder = folder if began_again == "who dialled" else tmp_path / "other"

    async def scenario() -> list[str]:
        async with stage(folder, database_url=url) as play:
            await play.campaign(numbers(PEOPLE // 2))
            await called(play, PEOPLE // 2)
            await play.until("it is over", lambda: play.phase() == "completed")
            await play.campaign(numbers(PEOPLE)[PEOPLE // 2 :], "autumn", starts=False)
            kept = await asyncio.to_thread(postgres.moment, url)
            await play.until("it dials again", lambda: play.dialer.trouble is None)
            await play.do(start_campaign("autumn"))
            await called(play, PEOPLE)
            await asyncio.to_thread(postgres.go_back, url, kept)
            await gone_back(play.parts.ledger)
            assert play.dialer.trouble is not None
            body, at = payload("call.completed"), str(int(utc_now().timestamp()))
            over = httpx.ASGITransport(app=play.parts.app)
            async with httpx.AsyncClient(transport=over, base_url="http://here") as provider:
                told = await provider.post("/webhooks/minivoice", content=body, headers=signature(SECRET, body, at))
            assert told.status_code == 503
            assert len(play.posts()) == PEOPLE
            next_folder.mkdir(exist_ok=True)
            keep_what_was_known(play.parts.ledger, next_folder)
        return await start_again(next_folder, url)

    assert asyncio.run(scenario()) == ["restored", "events_missing", "ledger.restored"]
