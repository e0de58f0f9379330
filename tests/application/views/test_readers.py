import asyncio
from pathlib import Path

from tests.application.views.projecting import (
    WAIT_SECONDS_MAX,
    projecting_views,
    record,
    world,
)
from tests.projections.history import World


def test_somebody_waits_for_a_position_until_the_views_are_there_or_the_time_is_over(tmp_path: Path) -> None:
    made = world()
    with projecting_views(tmp_path, made) as projector:
        end = made.ledger.position

        async def waiting() -> list[bool]:
            later = asyncio.create_task(projector.wait_for(end + 1, WAIT_SECONDS_MAX))
            await asyncio.sleep(0)
            record(projector, made, World.quarantine)
            return [
                await projector.wait_for(end, 0.0),
                await later,
                await projector.wait_for(made.ledger.position + 1, 0.01),
            ]

        assert asyncio.run(waiting()) == [True, True, False]
        assert projector._waiters._waiting == []
