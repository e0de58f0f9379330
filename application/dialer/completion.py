"""When a campaign is over, and when its canary is."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping

import structlog

from adapters.ledger import Ledger
from application.commands.campaigns import complete_campaign
from application.dialer.canary import Canaries, outcomes
from application.dialer.config import DialerConfig
from application.dialer.occupied import Occupied
from application.dialer.pausing import Pausing
from application.moment import Moment
from application.views.reads import Reads, RemainingWork
from domain.campaign import CANARY
from domain.errors import DialtrailError
from projections.in_flight import InFlight

CHECK_SECONDS = 0.5
CHECK_SHARE_OF_TIME = 0.05
# Where somebody is left, only an event changes that, or time that has passed.
CHECK_AGAIN_SECONDS = 5.0

log = structlog.get_logger("dialtrail.dialer")


class Completion:
    """Looks at running campaigns, each once in a while."""

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        reads: Reads,
        views_position: Callable[[], int],
        config: DialerConfig,
        *,
        canaries: Canaries,
        occupied: Occupied,
        pausing: Pausing,
        metadata: Mapping[str, str],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._reads = reads
        self._views_position = views_position
        self._config = config
        self._canaries = canaries
        self._occupied = occupied
        self._pausing = pausing
        self._metadata = metadata
        self._spawn = spawn
        self._check_due: dict[str, float] = {}
        self._left_at: dict[str, tuple[int, float]] = {}

    def check(self, campaign_id: str, now: float) -> None:
        """Begin to end a campaign or its canary where nothing of it is open; `now` is monotonic."""
        if now < self._check_due.get(campaign_id, 0.0):
            return
        self._check_due[campaign_id] = now + CHECK_SECONDS
        if self._canaries.is_over(campaign_id, self._occupied.starting(campaign_id), self._config.clock()):
            self._spawn(self._end_canary(campaign_id))
        elif not self._is_anything_open(campaign_id) and not self._is_somebody_left_still(campaign_id, now):
            self._spawn(self._complete_if_nobody_is_left(campaign_id))

    async def _end_canary(self, campaign_id: str) -> None:
        """Pause with what became of the canary's calls, once the views have all of it."""
        wanted = self._in_flight.position
        try:
            read = await asyncio.to_thread(self._reads.campaign, campaign_id, Moment(wanted, self._config.clock()))
        except DialtrailError as error:
            log.warning("what became of a canary could not be read", campaign_id=campaign_id, error=str(error))
            return
        if read.position >= wanted:
            self._pausing.by_rule(campaign_id, CANARY, None, outcomes(read), None)

    async def _complete_if_nobody_is_left(self, campaign_id: str) -> None:
        began = self._config.monotonic()
        try:
            found = await asyncio.to_thread(self._reads.remaining_work, campaign_id, self._config.clock())
        except DialtrailError as error:
            log.warning("whether anybody is left could not be read", campaign_id=campaign_id, error=str(error))
            return
        # Where many are held the look itself takes long: it may have this share of the time, and no more.
        after = self._config.monotonic()
        self._check_due[campaign_id] = after + max(CHECK_SECONDS, (after - began) / CHECK_SHARE_OF_TIME)
        if found.is_somebody_left:
            self._left_at[campaign_id] = found.position, after + CHECK_AGAIN_SECONDS
            return
        if self._in_flight.attempts.will_be_free(found.held_by_calls, self._config.clock()):
            return
        if not self._is_anything_open(campaign_id):
            await self._complete(campaign_id, found)

    async def _complete(self, campaign_id: str, found: RemainingWork) -> None:
        decide = complete_campaign(campaign_id, found.position, is_somebody_held=bool(found.held_by_calls))
        try:
            done = await self._ledger.execute(decide, lane="attempts", metadata=self._metadata)
        except DialtrailError as error:
            log.warning("a campaign could not be completed", campaign_id=campaign_id, error=str(error))
            return
        if done.result:
            log.info("campaign completed", campaign_id=campaign_id)

    def _is_somebody_left_still(self, campaign_id: str, now: float) -> bool:
        """Whether somebody was left a little while ago, and nothing has happened since."""
        position, until = self._left_at.get(campaign_id, (-1, now))
        return now < until and position == self._views_position()

    def _is_anything_open(self, campaign_id: str) -> bool:
        return self._in_flight.attempts.is_anything_open(campaign_id, self._config.clock())
