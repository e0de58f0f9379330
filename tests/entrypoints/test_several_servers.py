"""Two servers on one PostgreSQL: what one was told or asked, the other knows at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from adapters.folder_owner import FolderOwner
from application.alerts.kept import KeptAlerts
from entrypoints.roles import SERVE
from entrypoints.settings import load_settings
from entrypoints.wiring import System, running_system
from tests.adapters.ledger.postgres_server import Server

LOOK_SECONDS, LOOKS_MAX = 0.05, 1_200
PLAN = {"id": "spring", "from": "+15551230001"}


@asynccontextmanager
async def server(folder: Path, url: str) -> AsyncIterator[tuple[System, httpx.AsyncClient]]:
    """One of them, and somebody who asks it."""
    owner = FolderOwner.take(folder, "serve")
    settings = load_settings({"DIALTRAIL_HOME": str(folder), "DIALTRAIL_DATABASE_URL": url})
    async with (
        running_system(settings, owner, role=SERVE) as parts,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(parts.app),
            base_url="http://127.0.0.1",
            headers={"authorization": f"Bearer {parts.owner_token}"},
            trust_env=False,
        ) as client,
    ):
        yield parts, client
    owner.release()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it; fail if it does not come."""
    for _ in range(LOOKS_MAX):
        if condition():
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError


Two = Callable[[tuple[System, httpx.AsyncClient], tuple[System, httpx.AsyncClient]], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path, postgres: Server) -> Callable[[Two], None]:
    async def run(scenario: Two) -> None:
        url = postgres.new_database()
        async with AsyncExitStack() as stack:
            one, other = [await stack.enter_async_context(server(tmp_path / name, url)) for name in ("one", "other")]
            await scenario(one, other)

    return lambda scenario: asyncio.run(run(scenario))


def test_what_one_has_acknowledged_the_other_answers_at_once(play: Callable[[Two], None]) -> None:
    async def scenario(one: tuple[System, httpx.AsyncClient], other: tuple[System, httpx.AsyncClient]) -> None:
        for n in range(5):
            made = await one[1].post("/v1/campaigns", json={**PLAN, "id": f"c{n}"})
            assert made.status_code == 201
            seen = await other[1].get("/v1/events", params={"after": made.json()["position"] - 1})
            assert [item["stream"] for item in seen.json()["items"]] == [f"campaign:c{n}"]

    play(scenario)


def test_a_session_that_ended_at_one_and_alerts_that_one_remembers_are_known_to_the_other(
    play: Callable[[Two], None],
) -> None:
    async def scenario(one: tuple[System, httpx.AsyncClient], other: tuple[System, httpx.AsyncClient]) -> None:
        here, there = one[0].shared, other[0].shared
        here.ended.remember("s1", 2**40, 0)
        await until(lambda: there.ended.has("s1"))

        one[0].alerts.memory.kept = KeptAlerts(given_up=7)
        one[0].alerts.memory.save()
        await other[0].alerts.look()
        assert other[0].alerts.memory.kept.given_up == 7

    play(scenario)


def test_a_server_says_that_nobody_dials_and_that_the_views_wait_for_who_keeps_them(
    play: Callable[[Two], None],
) -> None:
    async def scenario(one: tuple[System, httpx.AsyncClient], _: tuple[System, httpx.AsyncClient]) -> None:
        await until(lambda: "they wait for a process that keeps them" in (one[0].troubles()["views"] or ""))
        ready = await one[1].get("/health/ready")
        assert ready.status_code == 503
        assert (
            "this process does not dial: nobody dials on this database just now: start `dialtrail dial`, or `dialtrail up`"
            in ready.json()["notes"]
        )

    play(scenario)
