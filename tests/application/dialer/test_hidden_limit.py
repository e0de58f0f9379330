"""The provider's limits are found out over real HTTP, kept, and shared; what it says of when to come back is honoured.

How exactly, `tests/domain/pacing` says in simulated time: here provider and dialer share a loop that stands still at times.
"""

import asyncio
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from domain.policy import Policy
from tests.adapters.minivoice_client_of import CREATED
from tests.adapters.minivoice_server import http, raw_server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.lateness import lateness

HIDDEN = 20
TAKEN_UNTIL = 130
WARM_SECONDS = 1.5
WAIT_SECONDS_MAX = 60.0
COME_BACK = b'{"error":{"code":"cps_limit_reached","message":"slow down"}}'


def answered(it: Stage, status: int) -> list[tuple[float, str]]:
    """When requests with this answer had arrived, in order, and for which campaign."""
    statuses = {line["number"]: line["status"] for line in it.sandbox.log.lines("request")}
    arrived: list[Any] = [line for line in it.sandbox.log.lines("arrived") if line["method"] == "POST"]
    return sorted(
        (line["monotonic_ns"] / 1e9, line["request_body"]["metadata"]["campaign_id"])
        for line in arrived
        if statuses.get(line["number"]) == status
    )


def usual_rate(taken: list[float]) -> float:
    """How many a second are taken where neither a refusal nor a machine that is busy with others comes between them."""
    return 1 / median(later - earlier for earlier, later in pairwise(taken))


def test_two_campaigns_find_the_providers_limit_keep_near_it_and_share_it_by_weight(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, calls_per_second=HIDDEN) as it, lateness(1 / HIDDEN) as machine:
            people = numbers(500)
            await it.campaign(people[:150], "one", per_second=300, policy=Policy(weight=1), starts=False)
            await it.campaign(people[150:], "three", per_second=300, policy=Policy(weight=3), starts=False)
            for campaign_id in ("one", "three"):
                await it.do(start_campaign(campaign_id))
            await it.until("so many are taken", lambda: len(it.sandbox.calls) >= TAKEN_UNTIL, WAIT_SECONDS_MAX)
            await it.until("the limit is learned", lambda: bool(it.events("limit.learned")), WAIT_SECONDS_MAX)
            taken, refused = answered(it, 201), answered(it, 429)
            learned: Any = it.events("limit.learned")[-1].event

        began = taken[0][0]
        late = [(at, campaign_id) for at, campaign_id in taken if at > began + WARM_SECONDS]
        one, three = (sum(whose == campaign_id for _, whose in late) for campaign_id in ("one", "three"))

        assert 0.5 * HIDDEN * machine.share <= learned.value <= 1.5 * HIDDEN
        assert usual_rate([at for at, _ in late]) >= 0.5 * HIDDEN * machine.share
        # Where it comes late to its own turns, one campaign takes what the other is not ready for.
        assert three > 1.5 * one > 0
        assert sum(at > began + WARM_SECONDS for at, _ in refused) < len(late) / 2

    play(scenario)


def test_what_the_provider_says_of_when_to_come_back_is_honoured(tmp_path: Path) -> None:
    asked_at: list[float] = []

    async def answer(writer: asyncio.StreamWriter, _: bytes) -> None:
        asked_at.append(asyncio.get_running_loop().time())
        is_first = len(asked_at) == 1
        writer.write(http(429, COME_BACK, "retry-after: 2") if is_first else CREATED)
        await writer.drain()

    async def scenario() -> None:
        async with raw_server(answer) as server, stage(tmp_path, provider=server.url) as it:
            await it.campaign(numbers(1))
            await it.until("asked again", lambda: bool(it.events("attempt.accepted")))

    play(scenario)

    first, second = asked_at
    assert 2.0 <= second - first < 4.0
