"""Gives up the callbacks that were not kept in time, or that nobody can keep any more, and records why."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from adapters.ledger import Ledger
from application.commands.callbacks import give_up_callback
from application.views.reads import Reads
from application.views.wished import wishes_after_end, wishes_counted, wishes_to_give_up
from application.workers.periodic import PeriodicWorker
from domain.instants import later
from projections.follow import Follower

TICK_SECONDS = 1.0
GIVEN_UP_A_ROUND_MAX = 500
COUNTED_EACH = timedelta(seconds=5)
ACTOR = {"actor": "callbacks"}

log = structlog.get_logger("dialtrail.callbacks")


def _nobody_hears(waiting: int, overdue: int) -> None:
    pass


class CallbackWatch(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`."""

    part = None

    def __init__(
        self,
        ledger: Ledger,
        follower: Follower,
        reads: Reads,
        fingerprint: str,
        only_numbers: Collection[str] | None,
        *,
        clock: Callable[[], datetime],
        seen: Callable[[int, int], None] = _nobody_hears,
    ) -> None:
        super().__init__(
            follower,
            TICK_SECONDS,
            refused="a callback could not be given up",
            mistaken="callbacks could not be looked after",
        )
        self._ledger = ledger
        self._reads = reads
        self._fingerprint = fingerprint
        self._only_numbers = only_numbers
        self._clock = clock
        self._seen = seen
        self._count_at: datetime | None = None
        self._nobody_wishes_at: int | None = None

    async def tick(self) -> None:
        """Give up each whose time is over; now and then count those that wait, and give up those that are for after the end.

        Where nobody wished anything, no time brings something to give up: the views are asked again once they have moved.
        """
        if self._nobody_wishes_at == self._reads.position:
            return
        now = self._clock()
        found = await asyncio.to_thread(wishes_to_give_up, self._reads, now, GIVEN_UP_A_ROUND_MAX)
        if self._count_at is None or now >= self._count_at:
            self._count_at = later(now, COUNTED_EACH)
            counted = await asyncio.to_thread(wishes_counted, self._reads, now)
            self._seen(counted.waiting, counted.overdue)
            self._nobody_wishes_at = None if counted.waiting else counted.position
            found += await asyncio.to_thread(wishes_after_end, self._reads, GIVEN_UP_A_ROUND_MAX)
        for campaign_id, stream in found:
            decide = give_up_callback(campaign_id, stream, self._fingerprint, self._only_numbers)
            done = await self._ledger.execute(decide, lane="commands", metadata=ACTOR)
            if done.result is not None:
                log.info("a callback was given up", campaign_id=campaign_id, recipient=stream, why=done.result)
