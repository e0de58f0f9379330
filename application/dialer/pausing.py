"""Pauses that the dialer asks for: by a rule of a campaign's policy, after its canary, and for a mistake of our own."""

from collections.abc import Callable, Coroutine, Mapping

import structlog

from adapters.ledger import Ledger
from application.commands.attempts import INVALID_REQUEST_CODES, verdict_now
from application.commands.callers import remove_caller
from application.commands.campaigns import pause_by_provider, pause_by_rule
from application.dialer.config import DialerConfig
from application.dialer.occupied import Occupied
from domain import breaker
from domain.dial_outcome import Accepted, DialOutcome, Refused
from domain.errors import DialtrailError

INVALID_REQUESTS_IN_A_ROW_MAX = 5

log = structlog.get_logger("dialtrail.dialer")


class Pausing:
    """Asks the ledger, at most once at a time for each campaign."""

    def __init__(
        self,
        ledger: Ledger,
        occupied: Occupied,
        config: DialerConfig,
        metadata: Mapping[str, str],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._ledger = ledger
        self._occupied = occupied
        self._config = config
        self._metadata = metadata
        self._spawn = spawn
        self._pausing: set[str] = set()
        self._invalid_in_a_row: dict[str, int] = {}

    def by_rule(
        self, campaign_id: str, cause: str, code: str | None, evidence: Mapping[str, str], stream: str | None
    ) -> None:
        """Begin to pause a campaign; with `stream`, only where the rule still keeps it from calling this person."""
        if campaign_id not in self._pausing:
            self._pausing.add(campaign_id)
            self._spawn(self._pause(campaign_id, cause, code, evidence, stream))

    async def _pause(
        self, campaign_id: str, cause: str, code: str | None, evidence: Mapping[str, str], stream: str | None
    ) -> None:
        keeps_from = None
        if stream is not None:
            keeps_from = verdict_now(campaign_id, stream, self._config.fingerprint, self._config.only_numbers)
        try:
            decide = pause_by_rule(campaign_id, cause, code, evidence, keeps_from=keeps_from)
            done = await self._ledger.execute(decide, lane="commands", metadata=self._metadata)
            if done.result:
                log.warning("campaign paused", campaign_id=campaign_id, cause=cause, code=code)
            elif stream is not None:
                self._occupied.set_aside(stream)
        except DialtrailError as error:
            log.warning("a campaign could not be paused", campaign_id=campaign_id, error=str(error))
        finally:
            self._pausing.discard(campaign_id)

    def caller(self, campaign_id: str, number: str, code: str, evidence: Mapping[str, str]) -> None:
        """Begin to take a number out of a campaign's pool, by its breaker."""
        self._spawn(self._remove_caller(campaign_id, number, code, evidence))

    async def _remove_caller(self, campaign_id: str, number: str, code: str, evidence: Mapping[str, str]) -> None:
        try:
            decide = remove_caller(campaign_id, number, breaker.CAUSE, code=code, evidence=evidence)
            await self._ledger.execute(decide, lane="commands", metadata=self._metadata)
            log.warning("caller number taken out", campaign_id=campaign_id, number=number, code=code)
        except DialtrailError as error:
            log.warning("a caller number could not be taken out", campaign_id=campaign_id, error=str(error))

    async def watch_for_our_own_mistake(self, campaign_id: str, outcome: DialOutcome) -> None:
        """Many refusals of the request itself, one after the other, are our mistake rather than the recipients'."""
        if not isinstance(outcome, Refused) or outcome.code not in INVALID_REQUEST_CODES:
            if isinstance(outcome, Accepted):
                self._invalid_in_a_row[campaign_id] = 0
            return
        in_a_row = self._invalid_in_a_row.get(campaign_id, 0) + 1
        self._invalid_in_a_row[campaign_id] = in_a_row
        if in_a_row >= INVALID_REQUESTS_IN_A_ROW_MAX:
            await self._ledger.execute(pause_by_provider(campaign_id, outcome), lane="answers", metadata=self._metadata)
            self._invalid_in_a_row[campaign_id] = 0
