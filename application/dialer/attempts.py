"""One attempt: on disk, in turn, checked once more, marked, sent, and its outcome recorded."""

import asyncio
from collections.abc import Callable

import structlog
from structlog.contextvars import bind_contextvars

from adapters.ledger import Ledger
from adapters.minivoice_client import MiniVoiceClient
from application.commands.agents import SeenSlots
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.callers import SeenUse
from application.commands.command import Command
from application.commands.left_behind import take_back
from application.commands.outcomes import settle_attempt
from application.dialer.config import DialerConfig
from application.dialer.gate import Gate
from application.dialer.gates import Gates
from application.dialer.last_check import LastCheck
from application.dialer.occupied import Occupied
from application.dialer.pausing import Pausing
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.dialing import Verdict
from domain.errors import Conflict, DialtrailError, LedgerBusy, LedgerError
from domain.recipient import LookupAnswer
from projections.follow import Follower
from projections.in_flight import InFlight

SETTLE_RETRY_SECONDS = 0.5

log = structlog.get_logger("dialtrail.dialer")


class Attempts:
    """Places them, many at once. `stopping` is set once nothing more may leave; `told` is what a campaign's lookup said of a person."""

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        client: MiniVoiceClient,
        config: DialerConfig,
        *,
        gates: Gates,
        occupied: Occupied,
        pausing: Pausing,
        epoch: str,
        stopping: asyncio.Event,
        told: Callable[[str], LookupAnswer | None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._client = client
        self._config = config
        self._gates = gates
        self._occupied = occupied
        self._pausing = pausing
        self._epoch = epoch
        self._told = told
        self._metadata = {"actor": "dialer", "epoch": epoch}
        self._last_check = LastCheck(ledger, in_flight, follower, config, stopping)
        self._unrecorded: set[str] = set()

    @property
    def trouble(self) -> str | None:
        """What keeps outcomes from being recorded; None where nothing does."""
        if self._unrecorded:
            return f"{len(self._unrecorded)} outcomes could not be recorded yet; the ledger refuses them"
        return None

    async def place(self, campaign_id: str, stream: str, gate: Gate, *, is_probe: bool = False) -> None:
        """Call somebody for a campaign, whose turn at the gates has been taken; back once the outcome is on disk."""
        sent_at: float | None = None
        try:
            started = await self._start(campaign_id, stream, is_probe=is_probe)
            if started is None:
                return
            bind_contextvars(attempt_id=started.attempt_id, campaign_id=campaign_id)
            judged_at = self._config.monotonic()

            async def before_send() -> None:
                nonlocal sent_at
                sent_at = await gate.pass_through(
                    started.attempt_id,
                    judged_at,
                    lambda: self._last_check.judge(started),
                    lambda: self._last_check.catch_up(started),
                )
                self._gates.end_turn(campaign_id, has_left=True)

            outcome: DialOutcome
            try:
                outcome = await self._client.place_call(started.body, before_send, gate.written)
            except Exception as error:  # whatever went wrong in here, the attempt must not stay open
                log.exception("a request failed inside Dialtrail", attempt_id=started.attempt_id)
                why = f"Dialtrail itself failed ({type(error).__name__})"
                outcome = Abandoned(why=why, unreachable=True) if sent_at is None else Unresolved(why=why)
            self._gates.record_outcome(outcome, sent_at)
            if isinstance(outcome, Abandoned):
                self._occupied.set_aside(stream)
            await self._settle(started, outcome)
        finally:
            if sent_at is None:
                self._gates.end_turn(campaign_id, has_left=False)

    async def _start(self, campaign_id: str, stream: str, *, is_probe: bool) -> StartedAttempt | None:
        attempt_id = f"att_{self._config.new_id()}"
        command = start_attempt(
            attempt_id=attempt_id,
            campaign_id=campaign_id,
            stream=stream,
            fingerprint=self._config.fingerprint,
            epoch=self._epoch,
            only_numbers=self._config.only_numbers,
            is_probe=is_probe,
            callers=SeenUse(self._in_flight.position, self._in_flight.callers.use(campaign_id)),
            lookup=self._told(stream),
            slots=self._slots_seen(campaign_id),
            lease=self._config.ownership.epoch(),
        )
        marks = self._gates.account.marks
        try:
            if marks.is_full:
                raise LedgerBusy("too many attempts have no outcome on disk yet")
            marks.begin(attempt_id)
            committed = await self._ledger.execute(command, lane="attempts", metadata=self._metadata)
        except DialtrailError as error:
            log.warning("an attempt could not be started", campaign_id=campaign_id, error=str(error))
            self._occupied.set_aside(stream)
            if isinstance(error, LedgerError):  # it may have been stored all the same
                await self._record(attempt_id, take_back(stream, attempt_id, f"it was not sent, for {error}"))
            marks.clear(attempt_id)
            return None
        finally:
            self._occupied.arrived(campaign_id)
        if isinstance(committed.result, Verdict):
            marks.clear(attempt_id)
            self._occupied.set_aside(stream)
            return None
        return committed.result

    def _slots_seen(self, campaign_id: str) -> SeenSlots:
        held = self._in_flight.attempts.slots_held(campaign_id, self._config.clock())
        return SeenSlots(self._in_flight.position, held)

    async def _settle(self, started: StartedAttempt, outcome: DialOutcome) -> None:
        await self._record(started.attempt_id, settle_attempt(started, outcome, self._config.fingerprint))
        self._gates.account.marks.clear(started.attempt_id)
        log.info(
            "attempt settled",
            attempt_id=started.attempt_id,
            campaign_id=started.campaign_id,
            outcome=type(outcome).__name__.lower(),
            call_id=outcome.call_id if isinstance(outcome, Accepted) else None,
            code=outcome.code if isinstance(outcome, Refused) else None,
        )
        await self._pausing.watch_for_our_own_mistake(started.campaign_id, outcome)

    async def _record(self, attempt_id: str, decide: Command[None]) -> None:
        """Record what became of an attempt; while the ledger refuses, again and again, for it is known nowhere else.

        Only the end of the process ends this; the mark then tells the next one whether the request may have been sent.
        """
        while True:
            try:
                await self._ledger.execute(decide, lane="answers", metadata=self._metadata)
            except LedgerError as error:
                if attempt_id not in self._unrecorded:
                    log.warning("an outcome is not recorded yet", attempt_id=attempt_id, error=str(error))
                self._unrecorded.add(attempt_id)
                await asyncio.sleep(SETTLE_RETRY_SECONDS)
                continue
            except Conflict as error:
                log.warning("an outcome was recorded before", attempt_id=attempt_id, error=str(error))
            self._unrecorded.discard(attempt_id)
            return
