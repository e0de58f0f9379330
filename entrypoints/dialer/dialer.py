"""Places the calls: who is due, may they be dialled, on disk, in turn, checked once more, marked, sent, recorded."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.minivoice_client import MiniVoiceClient
from adapters.sending_marks import open_marks, read_witness
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.dialing import Reason, Verdict
from domain.errors import Conflict, DialtrailError, LedgerError
from entrypoints.dialer.commands import (
    INVALID_REQUEST_CODES,
    StartedAttempt,
    complete_campaign,
    pause_campaign,
    settle_attempt,
    settle_left_behind,
    start_attempt,
)
from entrypoints.dialer.gate import Gate
from entrypoints.dialer.gates import Gates
from projections.follow import Follower
from projections.recipient_status import RecipientStatusView

COMMITTED_AHEAD_MAX = 16
COMMIT_AHEAD_SECONDS = 0.2
TICK_SECONDS_MAX = 1.0
COMPLETION_CHECK_SECONDS = 0.5
COMPLETION_SHARE_OF_LOOP = 0.05
SET_ASIDE_SECONDS = 1.0
LEFT_BEHIND_A_COMMIT_MAX = 500
INVALID_REQUESTS_IN_A_ROW_MAX = 5
SETTLE_RETRY_SECONDS = 0.5
STOP_MARGIN_SECONDS = 5.0

log = structlog.get_logger("dialtrail.dialer")


class Surroundings(Struct, frozen=True, kw_only=True):
    """What the dialer takes from outside: two clocks, chance, the machine's boot, and where its marks lie."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
    boot_id: str
    folder: Path
    fingerprint: str
    only_numbers: Collection[str] | None
    answer_timeout_seconds: float


class Dialer:
    """One per installation. `run` until `stop`; `stop` returns when every request that left has its outcome on disk."""

    def __init__(
        self,
        ledger: Ledger,
        view: RecipientStatusView,
        follower: Follower,
        client: MiniVoiceClient,
        around: Surroundings,
    ) -> None:
        self._ledger = ledger
        self._view = view
        self._follower = follower
        self._client = client
        self._around = around
        self._epoch = around.new_id()
        self._gates = Gates(view, around.clock, around.monotonic)
        self._starting: dict[str, int] = {}
        self._busy: set[str] = set()
        self._set_aside: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._completion_checked: dict[str, float] = {}
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
            await asyncio.wait(self._tasks, timeout=self._around.answer_timeout_seconds + STOP_MARGIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._gates.marks is not None:
            self._gates.marks.close()

    async def _settle_left_behind(self) -> None:
        witness = read_witness(self._around.folder, self._around.boot_id)
        left = list(self._view.started.items())
        for at in range(0, len(left), LEFT_BEHIND_A_COMMIT_MAX):
            some = dict(left[at : at + LEFT_BEHIND_A_COMMIT_MAX])
            settled = await self._ledger.execute(
                settle_left_behind(some, witness), lane="answers", metadata=self._metadata("recovery")
            )
            abandoned, unresolved = settled.result
            log.warning("settled attempts of an earlier process", abandoned=abandoned, unresolved=unresolved)
        self._gates.marks = open_marks(self._around.folder, self._around.boot_id)

    def _tick(self) -> float:
        """Start what may be started now, one of each campaign in turn; how many seconds until it is worth looking again."""
        now = self._around.monotonic()
        self._set_aside = {stream: until for stream, until in self._set_aside.items() if until > now}
        if not self._follower.is_live:
            return TICK_SECONDS_MAX
        self._view.pass_time(self._around.clock())
        if self._view.calls.ended != self._calls_ended_seen:
            self._calls_ended_seen = self._view.calls.ended
            self._gates.call_ended()
        soonest = TICK_SECONDS_MAX
        open_ids = [i for i, rows in self._view.campaigns.items() if rows.state.phase == "running"]
        while open_ids and self._view.account.pause is None:
            for campaign_id in list(open_ids):
                wait = self._try_one(campaign_id, now)
                if wait is not None:
                    soonest = min(soonest, wait)
                    open_ids.remove(campaign_id)
        for campaign_id, rows in self._view.campaigns.items():
            if rows.state.phase == "running":
                self._check_completion(campaign_id, now)
        return soonest

    def _try_one(self, campaign_id: str, now: float) -> float | None:
        """Start one attempt of a campaign (None), or say how long to wait."""
        rows = self._view.campaigns[campaign_id]
        gate = self._gates.of(campaign_id)
        limits = rows.state.plan.limits
        busy = self._busy if not self._set_aside else self._busy | self._set_aside.keys()
        stream = self._view.next_queued(campaign_id, busy)
        held = self._view.slots_held(campaign_id, self._around.clock()) + self._starting.get(campaign_id, 0)
        if stream is None or held >= limits.calls_at_once:
            return TICK_SECONDS_MAX
        closed = gate.pace.closed_seconds(now)
        if closed > 0:
            return closed
        gap = gate.pace.gap_seconds(now)
        due_in = gate.pace.wait_seconds(now) + gate.ahead * gap - COMMIT_AHEAD_SECONDS
        if gate.ahead >= COMMITTED_AHEAD_MAX or (gate.ahead and due_in > 0):
            return max(due_in, gap)
        if due_in > 0:
            return due_in
        gate.ahead += 1
        self._busy.add(stream)
        self._starting[campaign_id] = self._starting.get(campaign_id, 0) + 1
        self._spawn(self._attempt(campaign_id, stream, gate))
        return None

    async def _attempt(self, campaign_id: str, stream: str, gate: Gate) -> None:
        is_ahead = True
        try:
            started = await self._start(campaign_id, stream)
            if started is None:
                return
            judged_at = self._around.monotonic()

            async def before_send() -> None:
                nonlocal is_ahead
                await gate.pass_through(started.attempt_id, judged_at, lambda: self._judge_again(started))
                gate.ahead -= 1
                is_ahead = False

            outcome: DialOutcome
            try:
                outcome = await self._client.place_call(started.body, before_send)
            except Exception as error:  # whatever went wrong in here, the attempt must not stay open
                log.exception("a request failed inside Dialtrail", attempt_id=started.attempt_id)
                why = f"Dialtrail itself failed ({type(error).__name__})"
                outcome = Abandoned(why=why, unreachable=True) if is_ahead else Unresolved(why=why)
            self._gates.heed(outcome)
            if isinstance(outcome, Abandoned):
                self._set_aside[stream] = self._around.monotonic() + SET_ASIDE_SECONDS
            await self._settle(started, outcome)
        finally:
            if is_ahead:
                gate.ahead -= 1
            self._busy.discard(stream)

    async def _start(self, campaign_id: str, stream: str) -> StartedAttempt | None:
        command = start_attempt(
            attempt_id=f"att_{self._around.new_id()}",
            campaign_id=campaign_id,
            stream=stream,
            fingerprint=self._around.fingerprint,
            epoch=self._epoch,
            only_numbers=self._around.only_numbers,
        )
        try:
            committed = await self._ledger.execute(command, lane="attempts", metadata=self._metadata("dialer"))
        except DialtrailError as error:
            log.warning("an attempt could not be started", campaign_id=campaign_id, error=str(error))
            self._set_aside[stream] = self._around.monotonic() + SET_ASIDE_SECONDS
            return None
        finally:
            self._starting[campaign_id] -= 1
        if isinstance(committed.result, Verdict):
            self._set_aside[stream] = self._around.monotonic() + SET_ASIDE_SECONDS
            return None
        return committed.result

    def _judge_again(self, started: StartedAttempt) -> Verdict:
        # The ledger's clock never goes back; this machine's may.
        now = max(self._around.clock(), self._view.passed)
        verdict = self._view.verdict(started.campaign_id, started.stream, now, but=started.attempt_id)
        own = {"dialer_stopping": self._stopping.is_set(), "statuses_behind": not self._follower.is_live}
        reasons = tuple(Reason(rule=rule, scope="account") for rule, holds in own.items() if holds)
        return replace(verdict, reasons=verdict.reasons + reasons) if reasons else verdict

    async def _settle(self, started: StartedAttempt, outcome: DialOutcome) -> None:
        """Record the outcome; while the ledger refuses, again and again, for the answer exists nowhere else.

        Only the end of the process ends this; the mark then tells the next one that the request may have been sent.
        """
        while True:
            try:
                await self._ledger.execute(
                    settle_attempt(started, outcome, self._around.fingerprint),
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
            said = {"status": outcome.status, "code": outcome.code, "body": outcome.body}
            await self._ledger.execute(
                lambda tx: pause_campaign(tx, campaign_id, **said), lane="answers", metadata=self._metadata("dialer")
            )
            self._invalid_in_a_row[campaign_id] = 0

    def _check_completion(self, campaign_id: str, now: float) -> None:
        if now - self._completion_checked.get(campaign_id, -TICK_SECONDS_MAX) < COMPLETION_CHECK_SECONDS:
            return
        nobody_left = self._view.nobody_left(campaign_id, self._around.clock())
        # Where many are held the look itself takes long: it may have this share of the loop, and no more.
        after = self._around.monotonic()
        self._completion_checked[campaign_id] = after + (after - now) / COMPLETION_SHARE_OF_LOOP
        if nobody_left:
            self._spawn(self._complete(campaign_id, self._view.position))

    async def _complete(self, campaign_id: str, seen_position: int) -> None:
        try:
            done = await self._ledger.execute(
                complete_campaign(campaign_id, seen_position), lane="attempts", metadata=self._metadata("dialer")
            )
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
