"""Asks MiniVoice what was spent, for the campaigns whose budget has a cost, and records what is new."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from adapters.ledger import Ledger
from adapters.minivoice_client import LookupFailed, MiniVoiceClient
from adapters.minivoice_usage import usage_drift
from application.commands.account import observe_usage
from application.workers.periodic import PeriodicWorker
from domain.account import UsageObserved
from domain.budget import window_of
from projections.follow import Follower
from projections.in_flight import InFlight

LOOK_EVERY = timedelta(seconds=30)
LOOK_AGAIN_AFTER_MAX = timedelta(minutes=5)
TICK_SECONDS = 0.5
LOOKUPS_PER_SECOND = 5.0
TIMES_DOUBLED_MAX = 10

log = structlog.get_logger("dialtrail.usage")


class Looked(Struct):
    """When a campaign's cost is looked for again, when it was last told (None: by this process not yet), and why not since."""

    due: datetime
    told_at: datetime | None = None
    failed: int = 0
    why: str | None = None


class UsageWatch(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`."""

    part = None

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        client: MiniVoiceClient,
        fingerprint: str,
        *,
        clock: Callable[[], datetime],
        every: timedelta = LOOK_EVERY,
    ) -> None:
        super().__init__(
            follower,
            TICK_SECONDS,
            refused="what was spent could not be recorded",
            mistaken="what was spent could not be looked up",
        )
        self._ledger = ledger
        self._in_flight = in_flight
        self._client = client
        self._fingerprint = fingerprint
        self._clock = clock
        self.every = every
        self._looked: dict[str, Looked] = {}

    async def tick(self) -> None:
        """Ask for the cost of each running campaign whose budget has one, where that is due."""
        watched = {
            campaign_id: state.started_at
            for campaign_id, state in self._in_flight.campaigns.items()
            if state.phase == "running" and state.started_at is not None and self._has_cost(campaign_id)
        }
        for campaign_id in self._looked.keys() - watched.keys():
            del self._looked[campaign_id]
        for campaign_id, started_at in watched.items():
            now = self._clock()
            looked = self._looked_by(campaign_id, now)
            if looked.due <= now and not self._periodic.is_stopping:
                await self._look(campaign_id, started_at, looked)
                await asyncio.sleep(1 / LOOKUPS_PER_SECOND)

    def _looked_by(self, campaign_id: str, now: datetime) -> Looked:
        """What is known of the last look; nothing, where the clock was set back since."""
        looked = self._looked.get(campaign_id)
        if looked is None or looked.due > now + max(LOOK_AGAIN_AFTER_MAX, self.every):
            looked = self._looked[campaign_id] = Looked(due=now)
        return looked

    def told_at(self, campaign_id: str) -> datetime | None:
        """When MiniVoice last said what was spent since a campaign began; None where it never has."""
        state = self._in_flight.campaigns.get(campaign_id)
        if state is None or state.started_at is None:
            return None
        cost = self._in_flight.account.costs.get(window_of(state.started_at))
        looked = self._looked.get(campaign_id)
        if cost is None:
            return None
        return cost.at if looked is None or looked.told_at is None else max(cost.at, looked.told_at)

    def trouble_of(self, campaign_id: str) -> str | None:
        """Why the last look for a campaign's cost came to nothing; None where it did not."""
        looked = self._looked.get(campaign_id)
        return None if looked is None else looked.why

    async def _look(self, campaign_id: str, started_at: datetime, looked: Looked) -> None:
        begin = window_of(started_at)
        now = self._clock()
        end = max(now.replace(microsecond=0), begin + timedelta(seconds=1))
        answer = await self._client.get_usage(begin, end)
        if isinstance(answer, UsageObserved) and (answer.window_from, answer.window_to) != (begin, end):
            answer = LookupFailed(why="the answer is about another window than was asked for", body=answer.body)
        if isinstance(answer, LookupFailed):
            self._put_off(looked, answer.why)
            log.warning("usage could not be asked for", campaign_id=campaign_id, why=answer.why, code=answer.code)
            return
        await self._ledger.execute(
            observe_usage(self._fingerprint, answer), lane="answers", metadata={"actor": "usage-watch"}
        )
        if answer.cost_amount is None or answer.cost_currency is None:
            self._put_off(looked, "; ".join(usage_drift(answer.body)))
            return
        looked.failed, looked.why, looked.told_at = 0, None, now
        looked.due = self._clock() + self.every

    def _put_off(self, looked: Looked, why: str) -> None:
        """What was spent is not known anew: look again, later each time."""
        looked.failed += 1
        looked.why = why
        longest = max(LOOK_AGAIN_AFTER_MAX, self.every)
        again = self.every * 2 ** min(looked.failed - 1, TIMES_DOUBLED_MAX)
        looked.due = self._clock() + min(longest, again)

    def _has_cost(self, campaign_id: str) -> bool:
        policy = self._in_flight.campaigns[campaign_id].plan.policy
        return policy is not None and policy.budget is not None and policy.budget.cost_max is not None
