"""Lets campaigns start, pause, resume and stop by their clocks."""

from collections.abc import Callable
from datetime import datetime

import structlog
from msgspec import UNSET

from adapters.ledger import Ledger
from application.commands.schedules import BY_THE_CLOCK, follow_clock
from application.workers.periodic import PeriodicWorker
from domain.campaign import follow_schedule
from projections.follow import Follower
from projections.in_flight import InFlight

TICK_SECONDS = 0.5

log = structlog.get_logger("dialtrail.schedules")


class ScheduleWatch(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`."""

    part = None

    def __init__(
        self, ledger: Ledger, in_flight: InFlight, follower: Follower, *, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(
            follower,
            TICK_SECONDS,
            refused="what a schedule has to do could not be recorded",
            mistaken="schedules could not be followed",
        )
        self._ledger = ledger
        self._in_flight = in_flight
        self._clock = clock

    async def tick(self) -> None:
        """Do what is due by now, also what was due while nothing ran."""
        now = self._clock()
        due = [
            campaign_id
            for campaign_id, state in self._in_flight.campaigns.items()
            if state.plan.schedule is not UNSET and follow_schedule(state, now)
        ]
        for campaign_id in due:
            done = await self._ledger.execute(follow_clock(campaign_id), lane="commands", metadata=BY_THE_CLOCK)
            log.info("a schedule was followed", campaign_id=campaign_id, recorded=done.result)
