"""Places the calls: who is due, may they be dialled, on disk, in turn, checked once more, marked, sent, recorded."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace
from structlog.contextvars import bind_contextvars

from adapters.ledger import Ledger
from adapters.minivoice_client import MiniVoiceClient
from adapters.sending_marks import open_marks, read_witness
from application.commands.account import record_limit
from application.commands.attempts import (
    INVALID_REQUEST_CODES,
    StartedAttempt,
    settle_attempt,
    settle_left_behind,
    start_attempt,
    verdict_now,
)
from application.commands.campaigns import complete_campaign, pause_by_provider, pause_by_rule
from application.commands.command import Command
from application.dialer.canary import Canaries, outcomes
from application.dialer.due import Due
from application.dialer.gate import Gate
from application.dialer.gates import Gates, Learned
from application.dialer.guards import Guards
from application.moment import Moment
from application.views import Views
from application.views.reads import Reads
from domain import recipient
from domain.call import CallState
from domain.campaign import CANARY
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.dialing import Reason, Verdict, judge_person
from domain.errors import Conflict, DialtrailError, LedgerError
from domain.identity import call_stream
from domain.pacing import AccountLimits
from domain.probe import as_if_resumed
from domain.recipient import RecipientState
from projections.folded import call_of, recipient_of
from projections.follow import Follower
from projections.in_flight import InFlight

TICK_SECONDS_MAX = 1.0
COMPLETION_CHECK_SECONDS = 0.5
COMPLETION_SHARE_OF_TIME = 0.05
SET_ASIDE_SECONDS = 1.0
LEFT_BEHIND_A_COMMIT_MAX = 500
INVALID_REQUESTS_IN_A_ROW_MAX = 5
SETTLE_RETRY_SECONDS = 0.5
PROBE_LOOK_SECONDS = 0.05
STOP_MARGIN_SECONDS = 5.0

log = structlog.get_logger("dialtrail.dialer")


class DialerConfig(Struct, frozen=True, kw_only=True):
    """What the dialer takes from outside: two clocks, chance (0 to 1), the machine's boot, and where its marks lie.

    `account_limits` are what the operator set of the account's own; `usage_told_at` is when MiniVoice last said what was
    spent since a campaign began.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    boot_id: str
    folder: Path
    fingerprint: str
    only_numbers: Collection[str] | None
    answer_timeout_seconds: float
    account_limits: AccountLimits = AccountLimits()
    usage_told_at: Callable[[str], datetime | None] = lambda _: None


class Dialer:
    """One per installation. `run` until `stop`; `stop` returns when every request that left has its outcome on disk."""

    part = "dialer"

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        projector: Views,
        reads: Reads,
        client: MiniVoiceClient,
        config: DialerConfig,
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._follower = follower
        self._reads = reads
        self._client = client
        self._config = config
        self._epoch = config.new_id()
        self._gates = Gates(in_flight, config.account_limits, config.clock, config.monotonic, config.chance)
        self._due = Due(
            lambda campaign_id, after, rows_max: reads.due(campaign_id, self._now(), after, rows_max),
            lambda: projector.position,
            config.monotonic,
            self._spawn,
            follower.wake,
        )
        self._guards = Guards(in_flight, self._pause_by_rule, config.usage_told_at, config.clock)
        self._canaries = Canaries(in_flight)
        self._pausing: set[str] = set()
        self._starting: dict[str, int] = {}
        self._busy: set[str] = set()
        self._set_aside: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._completion_check_due: dict[str, float] = {}
        self._invalid_in_a_row: dict[str, int] = {}
        self._calls_ended_seen = 0
        self._stopping = asyncio.Event()
        self._unrecorded: set[str] = set()
        self._trouble: str | None = "it has not begun"

    @property
    def trouble(self) -> str | None:
        """What keeps it from its work; None where nothing does."""
        if self._unrecorded:
            return f"{len(self._unrecorded)} outcomes could not be recorded yet; the ledger refuses them"
        return self._trouble

    async def run(self) -> None:
        """Settle what an earlier process left, then dial until stopped."""
        await self._follower.wait_live()
        while not self._stopping.is_set():
            try:
                await self._settle_left_behind()
                break
            except LedgerError as error:
                self._trouble = f"what an earlier process left could not be settled: {error}"
                await asyncio.sleep(SETTLE_RETRY_SECONDS)
        while not self._stopping.is_set():
            try:
                wait = self._tick()
                self._trouble = None
            except Exception as error:  # a mistake in here must not end the receiver beside it
                log.exception("looking for whom to call failed")
                self._trouble = f"looking for whom to call failed ({type(error).__name__})"
                wait = TICK_SECONDS_MAX
            await self._follower.moved(wait)

    async def stop(self) -> None:
        """Start nothing more, and wait for the answers to what was sent."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._config.answer_timeout_seconds + STOP_MARGIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._gates.marks is not None:
            self._gates.marks.close()

    async def _settle_left_behind(self) -> None:
        witness = read_witness(self._config.folder, self._config.boot_id)
        left = list(self._in_flight.started.items())
        for at in range(0, len(left), LEFT_BEHIND_A_COMMIT_MAX):
            some = dict(left[at : at + LEFT_BEHIND_A_COMMIT_MAX])
            settled = await self._ledger.execute(
                settle_left_behind(some, witness), lane="answers", metadata=self._metadata("recovery")
            )
            abandoned, unresolved = settled.result
            log.warning("settled attempts of an earlier process", abandoned=abandoned, unresolved=unresolved)
        self._gates.marks = open_marks(self._config.folder, self._config.boot_id)

    def _tick(self) -> float:
        """Start what may be started now, each campaign by its weight; how many seconds until it is worth looking again."""
        now = self._config.monotonic()
        self._set_aside = {stream: until for stream, until in self._set_aside.items() if until > now}
        if not self._follower.is_live:
            return TICK_SECONDS_MAX
        if self._in_flight.calls_ended != self._calls_ended_seen:
            self._calls_ended_seen = self._in_flight.calls_ended
            self._gates.call_ended()
        soonest = TICK_SECONDS_MAX
        running = [i for i, state in self._in_flight.campaigns.items() if state.phase == "running"]
        may_start = list(running)
        held = self._slots_held_in_all()
        while may_start and self._in_flight.account.pause is None:
            wait = self._gates.start_wait_seconds(now, held)
            if wait is None or wait > 0:
                soonest = min(soonest, TICK_SECONDS_MAX if wait is None else wait)
                break
            campaign_id = self._gates.next_of(may_start)
            wait = self._try_one(campaign_id, now)
            if wait is None:
                held += 1
            else:
                soonest = min(soonest, wait)
                may_start.remove(campaign_id)
        soonest = min(soonest, self._try_pauses(now))
        self._guards.watch(running, now)
        for learned in self._gates.learned(now):
            self._spawn(self._record_learned(learned))
        for campaign_id in running:
            self._check_completion(campaign_id, now)
        return soonest

    def _slots_held_in_all(self) -> int:
        """How many calls of the account may be under way; 0 where there is no limit to hold them to."""
        if not self._gates.limits_calls_at_once:
            return 0
        return self._in_flight.slots_held_in_all(self._config.clock()) + sum(self._starting.values())

    async def _record_learned(self, learned: Learned) -> None:
        decide = record_limit(self._config.fingerprint, learned.limit, learned.value, learned.code)
        try:
            await self._ledger.execute(decide, lane="attempts", metadata=self._metadata("dialer"))
        except DialtrailError as error:
            log.warning("a limit of the account could not be recorded", limit=learned.limit, error=str(error))
            self._gates.not_recorded(learned)
        else:
            log.info("a limit of the account was found out", limit=learned.limit, value=learned.value)

    def _try_pauses(self, now: float) -> float:
        """Start the one call that tries a pause of the provider, where one is due; how many seconds until another look is worth it."""
        soonest = TICK_SECONDS_MAX
        for due, campaign_id in sorted(self._guards.probes()):
            wait = (due - self._now()).total_seconds()
            if wait <= 0:
                turn = self._gates.start_wait_seconds(now, self._slots_held_in_all())
                wait = TICK_SECONDS_MAX if turn is None else turn
            if wait <= 0 and self._try_one(campaign_id, now, is_probe=True) is None:
                self._guards.is_probing = True
                break
            soonest = min(soonest, max(wait, PROBE_LOOK_SECONDS))
        return soonest

    def _try_one(self, campaign_id: str, now: float, *, is_probe: bool = False) -> float | None:
        """Start one attempt of a campaign (None), or say how long to wait."""
        limits = self._in_flight.campaigns[campaign_id].plan.limits
        held = self._in_flight.slots_held(campaign_id, self._config.clock()) + self._starting.get(campaign_id, 0)
        if held >= limits.calls_at_once:
            return TICK_SECONDS_MAX
        if self._canaries.keeps_back(campaign_id, self._starting.get(campaign_id, 0)):
            return TICK_SECONDS_MAX
        busy = self._busy if not self._set_aside else self._busy | self._set_aside.keys()
        stream = self._due.next(campaign_id, busy)
        if stream is None or self._guards.keeps_back(campaign_id, stream, self._starting.get(campaign_id, 0)):
            return TICK_SECONDS_MAX
        gate = self._gates.of(campaign_id)
        wait = gate.start_wait_seconds(now)
        if wait > 0:
            return wait
        self._gates.take_turn(campaign_id)
        self._due.taken(campaign_id)
        self._busy.add(stream)
        self._starting[campaign_id] = self._starting.get(campaign_id, 0) + 1
        self._spawn(self._attempt(campaign_id, stream, gate, is_probe=is_probe))
        return None

    async def _attempt(self, campaign_id: str, stream: str, gate: Gate, *, is_probe: bool = False) -> None:
        sent_at: float | None = None
        try:
            started = await self._start(campaign_id, stream, is_probe=is_probe)
            if started is None:
                return
            bind_contextvars(attempt_id=started.attempt_id, campaign_id=campaign_id)
            judged_at = self._config.monotonic()

            async def before_send() -> None:
                nonlocal sent_at
                sent_at = await gate.pass_through(started.attempt_id, judged_at, lambda: self._judge_again(started))
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
                self._set_aside[stream] = self._config.monotonic() + SET_ASIDE_SECONDS
            await self._settle(started, outcome)
        finally:
            if sent_at is None:
                self._gates.end_turn(campaign_id, has_left=False)
            self._due.dealt_with(stream, self._ledger.position)
            self._busy.discard(stream)
            if is_probe:
                self._guards.is_probing = False

    async def _start(self, campaign_id: str, stream: str, *, is_probe: bool) -> StartedAttempt | None:
        command = start_attempt(
            attempt_id=f"att_{self._config.new_id()}",
            campaign_id=campaign_id,
            stream=stream,
            fingerprint=self._config.fingerprint,
            epoch=self._epoch,
            only_numbers=self._config.only_numbers,
            is_probe=is_probe,
        )
        try:
            committed = await self._ledger.execute(command, lane="attempts", metadata=self._metadata("dialer"))
        except DialtrailError as error:
            log.warning("an attempt could not be started", campaign_id=campaign_id, error=str(error))
            self._set_aside[stream] = self._config.monotonic() + SET_ASIDE_SECONDS
            return None
        finally:
            self._starting[campaign_id] -= 1
        if isinstance(committed.result, Verdict):
            self._set_aside[stream] = self._config.monotonic() + SET_ASIDE_SECONDS
            return None
        return committed.result

    def _judge_again(self, started: StartedAttempt) -> Verdict:
        state = recipient.without_attempt(self._person(started.stream), started.attempt_id)
        calls = self._calls(state)
        campaign, account = self._in_flight.campaigns[started.campaign_id], self._in_flight.account
        if started.is_probe:
            campaign, account = as_if_resumed(campaign, account)
        verdict = judge_person(campaign, state, account, calls, self._now(), self._config.only_numbers)
        own = {"dialer_stopping": self._stopping.is_set(), "statuses_behind": not self._follower.is_live}
        reasons = tuple(Reason(rule=rule, scope="account") for rule, holds in own.items() if holds)
        return replace(verdict, reasons=verdict.reasons + reasons) if reasons else verdict

    def _now(self) -> datetime:
        """The ledger's clock never goes back; this machine's may."""
        return max(self._config.clock(), self._in_flight.passed)

    def _person(self, stream: str) -> RecipientState:
        return recipient_of(self._ledger.read_stream(stream))

    def _calls(self, person: RecipientState) -> dict[str, CallState]:
        known = {attempt.call_id for attempt in person.attempts if attempt.call_id is not None}
        return {i: call_of(self._ledger.read_stream(call_stream(i))) for i in known}

    async def _settle(self, started: StartedAttempt, outcome: DialOutcome) -> None:
        """Record the outcome; while the ledger refuses, again and again, for the answer exists nowhere else.

        Only the end of the process ends this; the mark then tells the next one that the request may have been sent.
        """
        while True:
            try:
                await self._ledger.execute(
                    settle_attempt(started, outcome, self._config.fingerprint),
                    lane="answers",
                    metadata=self._metadata("dialer"),
                )
            except LedgerError as error:
                if started.attempt_id not in self._unrecorded:
                    log.warning("an outcome is not recorded yet", attempt_id=started.attempt_id, error=str(error))
                self._unrecorded.add(started.attempt_id)
                await asyncio.sleep(SETTLE_RETRY_SECONDS)
            except Conflict as error:
                log.warning("an outcome was recorded before", attempt_id=started.attempt_id, error=str(error))
                break
            else:
                break
        self._unrecorded.discard(started.attempt_id)
        if self._gates.marks is not None:
            self._gates.marks.clear(started.attempt_id)
        log.info(
            "attempt settled",
            attempt_id=started.attempt_id,
            campaign_id=started.campaign_id,
            outcome=type(outcome).__name__.lower(),
            call_id=outcome.call_id if isinstance(outcome, Accepted) else None,
            code=outcome.code if isinstance(outcome, Refused) else None,
        )
        await self._watch_for_our_own_mistake(started.campaign_id, outcome)

    async def _watch_for_our_own_mistake(self, campaign_id: str, outcome: DialOutcome) -> None:
        """Many refusals of the request itself, one after the other, are our mistake rather than the recipients'."""
        if not isinstance(outcome, Refused) or outcome.code not in INVALID_REQUEST_CODES:
            if isinstance(outcome, Accepted):
                self._invalid_in_a_row[campaign_id] = 0
            return
        in_a_row = self._invalid_in_a_row.get(campaign_id, 0) + 1
        self._invalid_in_a_row[campaign_id] = in_a_row
        if in_a_row >= INVALID_REQUESTS_IN_A_ROW_MAX:
            await self._ledger.execute(
                pause_by_provider(campaign_id, outcome), lane="answers", metadata=self._metadata("dialer")
            )
            self._invalid_in_a_row[campaign_id] = 0

    def _pause_by_rule(
        self, campaign_id: str, cause: str, code: str | None, evidence: Mapping[str, str], stream: str | None
    ) -> None:
        if campaign_id in self._pausing:
            return
        self._pausing.add(campaign_id)
        keeps_from = None
        if stream is not None:
            keeps_from = verdict_now(campaign_id, stream, self._config.fingerprint, self._config.only_numbers)

        async def pause() -> None:
            try:
                decide = pause_by_rule(campaign_id, cause, code, evidence, keeps_from=keeps_from)
                done = await self._ledger.execute(decide, lane="commands", metadata=self._metadata("dialer"))
                if done.result:
                    log.warning("campaign paused", campaign_id=campaign_id, cause=cause, code=code)
                elif stream is not None:
                    self._set_aside[stream] = self._config.monotonic() + SET_ASIDE_SECONDS
            except DialtrailError as error:
                log.warning("a campaign could not be paused", campaign_id=campaign_id, error=str(error))
            finally:
                self._pausing.discard(campaign_id)

        self._spawn(pause())

    def _check_completion(self, campaign_id: str, now: float) -> None:
        if now < self._completion_check_due.get(campaign_id, 0.0):
            return
        self._completion_check_due[campaign_id] = now + COMPLETION_CHECK_SECONDS
        if self._canaries.is_over(campaign_id, self._starting.get(campaign_id, 0), self._config.clock()):
            self._spawn(self._end_canary(campaign_id))
        elif not self._in_flight.is_anything_open(campaign_id, self._config.clock()):
            self._spawn(self._complete_if_nobody_is_left(campaign_id))

    async def _end_canary(self, campaign_id: str) -> None:
        """Pause with what became of the canary's calls, once the views have all of it."""
        wanted = self._in_flight.position
        try:
            read = await asyncio.to_thread(self._reads.campaign, campaign_id, Moment(wanted, self._now()))
        except DialtrailError as error:
            log.warning("what became of a canary could not be read", campaign_id=campaign_id, error=str(error))
            return
        if read.position >= wanted:
            self._pause_by_rule(campaign_id, CANARY, None, outcomes(read), None)

    async def _complete_if_nobody_is_left(self, campaign_id: str) -> None:
        began = self._config.monotonic()
        try:
            found = await asyncio.to_thread(self._reads.leftover, campaign_id, self._now())
        except DialtrailError as error:
            log.warning("whether anybody is left could not be read", campaign_id=campaign_id, error=str(error))
            return
        # Where many are held the look itself takes long: it may have this share of the time, and no more.
        after = self._config.monotonic()
        self._completion_check_due[campaign_id] = after + max(
            COMPLETION_CHECK_SECONDS, (after - began) / COMPLETION_SHARE_OF_TIME
        )
        if found.is_somebody_left or self._in_flight.will_be_free(found.held_by_calls, self._config.clock()):
            return
        if not self._in_flight.is_anything_open(campaign_id, self._config.clock()):
            await self._complete(
                campaign_id, complete_campaign(campaign_id, found.position, is_somebody_held=bool(found.held_by_calls))
            )

    async def _complete(self, campaign_id: str, decide: Command[bool]) -> None:
        try:
            done = await self._ledger.execute(decide, lane="attempts", metadata=self._metadata("dialer"))
        except DialtrailError as error:
            log.warning("a campaign could not be completed", campaign_id=campaign_id, error=str(error))
            return
        if done.result:
            log.info("campaign completed", campaign_id=campaign_id)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt failed inside Dialtrail", error=type(error).__name__, exc_info=error)

    def _metadata(self, actor: str) -> dict[str, str]:
        return {"actor": actor, "epoch": self._epoch}
