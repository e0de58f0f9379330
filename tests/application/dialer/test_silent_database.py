"""PostgreSQL takes everything and says nothing: nothing leaves, webhooks get 503, and all goes on once it speaks again."""

import asyncio
from pathlib import Path

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.ledger.postgres import connections, lease
from adapters.postgres_line import CONNECT_SECONDS_MAX
from entrypoints.process import utc_now
from tests.adapters.ledger.postgres_server import Server
from tests.application.dialer.stage import SECRET, Stage, numbers, stage
from tests.entrypoints.serving import payload, signature
from tests.journeys.wires import Wires, through

PEOPLE = 12
CALLED_BEFORE = 2


def test_who_dials_stops_sending_before_it_would_find_out_by_a_commit() -> None:
    assert lease.LEASE_SECONDS < connections.SILENT_SECONDS_MAX
    assert lease.ANSWER_SECONDS_MAX < lease.LEASE_SECONDS - lease.MARGIN_SECONDS


@pytest.mark.timeout(180)
def test_nothing_is_sent_or_acknowledged_meanwhile_and_afterwards_everybody_is_called_once(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        with Wires() as wires:
            wire = wires.to(f"{conninfo_to_dict(url)['host']}/.s.PGSQL.5432")
            async with stage(tmp_path, database_url=through(wire, url), answer_rate=1.0) as it:
                await it.campaign(numbers(PEOPLE), per_second=4)
                await it.until("some are called", lambda: len(it.posts()) >= CALLED_BEFORE)
                wire.freeze()
                while dials(it):
                    await it.parts.follower.moved(0.05)
                sent = len(it.posts())
                assert await told(it) == 503
                assert await told(it) == 503
                assert len(it.posts()) == sent < PEOPLE
                wire.mend()
                while not dials(it) or it.parts.ledger.trouble is not None:
                    await it.parts.follower.moved(0.05)
                await it.until("all are called", lambda: it.counts() == {"reached": PEOPLE})
                called = [str(post["request_body"]["to"]) for post in it.posts()]
                assert sorted(called) == numbers(PEOPLE)

    asyncio.run(scenario())


def dials(it: Stage) -> bool:
    """Whether it may."""
    return it.dialer.trouble is None


async def told(it: Stage) -> int:
    """What a webhook is answered, within the time that is promised."""
    body, at = payload("call.completed"), str(int(utc_now().timestamp()))
    over = httpx.ASGITransport(app=it.parts.app)
    async with (
        asyncio.timeout(4 * (connections.SILENT_SECONDS_MAX + CONNECT_SECONDS_MAX)),
        httpx.AsyncClient(transport=over, base_url="http://here") as provider,
    ):
        answer = await provider.post("/webhooks/minivoice", content=body, headers=signature(SECRET, body, at))
    return answer.status_code
