"""What was said is put into the ledger: while the answer leaves, or right after, and again for as long as the ledger refuses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Literal

import orjson
import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.minivoice_webhook import quarantined
from application.answering.asked import Asked
from application.answering.session import CallSession
from application.commands.calls import serve_answer
from application.commands.command import Command
from application.commands.quarantine import quarantine_delivery
from domain.call import AnswerServed, InboundScriptOf
from domain.counted import counted
from domain.errors import DialtrailError, LedgerError

RECORDED_WITHIN_SECONDS = 0.005
RECORD_AGAIN_SECONDS = 0.5
RECORD_AGAIN_SECONDS_MAX = 10.0
RECORD_TRIES_MAX = 60
RECORDING_MAX = 10_000
NAMED_AFTER_SECONDS = 0.02
NAMED_TRIES_MAX = 8
UNIDENTIFIED_A_MINUTE_MAX = 600
STOP_SECONDS_MAX = 5.0
UNIDENTIFIED = "what to say was asked for a call that cannot be identified; the safe document was served"
NOT_NAMED = "what to say was asked for a call that was not named, and whose id is not known yet; it is that of attempt"

Why = Literal["unknown_call", "no_script", "broken_script", "missing_variable", "bad_signature", "failed"]

log = structlog.get_logger("dialtrail.answers")


class Served(Struct, frozen=True, kw_only=True):
    """What is served, and what is recorded of it. `again`: the same as the same request was answered with before.

    `walk` is the walk that it is a part of, and `heard` whether a report of what was pressed decided it. `questions_before` and
    `callbacks` are as in the event.
    """

    actions: bytes
    session: CallSession | None = None
    call_id: str | None = None
    step: str | None = None
    version: int | None = None
    place: str | None = None
    walk: str | None = None
    heard: bool | None = None
    why: Why | None = None
    again: bool = False
    questions_before: int | None = None
    callbacks: Mapping[str, int] | None = None

    @property
    def inbound(self) -> InboundScriptOf | None:
        """Whose inbound script it is from."""
        return None if self.session is None else self.session.inbound


class Keeper:
    """Records each answer. Whoever knows the address can ask, so of what concerns nobody's call only so much is kept."""

    def __init__(
        self,
        ledger: Ledger,
        with_call: Callable[[CallSession], Awaitable[CallSession]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._with_call = with_call
        self._clock = clock
        self._monotonic = monotonic
        self._recording: set[asyncio.Task[None]] = set()
        self._unrecorded = 0
        self._minute = 0
        self._unidentified_in_minute = 0
        self._is_stopping = False

    @property
    def trouble(self) -> str | None:
        """What keeps answers from being recorded; None where nothing does."""
        return f"{counted(self._unrecorded, 'answer')} could not be recorded yet" if self._unrecorded else None

    async def keep(self, asked: Asked, served: Served, seconds: float, then: Callable[[], None]) -> bool:
        """Record an answer: it is on disk when this returns where that takes a moment only, else right after; `then` is called
        once it is. Whether it is, or will be.
        """
        if served.session is None and not self._may_keep_unidentified():
            then()
            return False
        if len(self._recording) >= RECORDING_MAX:
            log.error("too many answers wait to be recorded; one is given up", call_id=served.call_id, step=served.step)
            then()
            return False
        task = asyncio.create_task(self._record(asked, served, seconds, self._clock()))
        self._recording.add(task)

        def over(task: asyncio.Task[None]) -> None:
            self._recording.discard(task)
            then()

        task.add_done_callback(over)
        await asyncio.wait({task}, timeout=RECORDED_WITHIN_SECONDS)
        return True

    async def stop(self) -> None:
        """Wait for what is not recorded yet, for a while; what cannot be is said."""
        self._is_stopping = True
        if self._recording:
            _, left = await asyncio.wait(set(self._recording), timeout=STOP_SECONDS_MAX)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _named(self, served: Served) -> Served:
        """With the call's id, where that becomes known in a moment: the answer to our own request may be on its way."""
        pause_seconds = NAMED_AFTER_SECONDS
        for _ in range(NAMED_TRIES_MAX):
            if served.session is None or served.call_id is not None or served.inbound is not None or self._is_stopping:
                break
            await asyncio.sleep(pause_seconds)
            pause_seconds *= 2
            with suppress(DialtrailError):
                served = replace(served, call_id=(await self._with_call(served.session)).call_id)
        return served

    def _decision(self, asked: Asked, served: Served, seconds: float, at: datetime) -> Command[object]:
        if served.call_id is None:
            return _put_away(asked, served)
        event = AnswerServed(
            occurred_at=at,
            step=served.step,
            request=asked.text,
            actions=served.actions.decode(),
            duration_ms=round(seconds * 1000, 3),
            version=served.version,
            place=served.place,
            why=served.why,
            again=served.again,
            walk=served.walk,
            found_by=None if served.session is None else served.session.found_by,
            heard=served.heard,
            inbound=served.inbound,
            campaign_id=None if served.inbound is None or served.session is None else served.session.campaign_id,
            questions_before=served.questions_before,
            callbacks=served.callbacks,
        )
        return serve_answer(served.call_id, event)

    async def _record(self, asked: Asked, served: Served, seconds: float, at: datetime) -> None:
        """It was said, so it has to be in the ledger: tried again, further and further apart, while that refuses."""
        pause_seconds = RECORD_AGAIN_SECONDS
        is_counted = False
        try:
            served = await self._named(served)
            decide = self._decision(asked, served, seconds, at)
            for _ in range(RECORD_TRIES_MAX):
                try:
                    await self._ledger.execute(decide, lane="answers", metadata={"actor": "answer"})
                except LedgerError as error:
                    if not is_counted:
                        is_counted = True
                        self._unrecorded += 1
                        log.warning("an answer is not recorded yet", call_id=served.call_id, error=str(error))
                    if self._is_stopping:
                        break
                    await asyncio.sleep(pause_seconds)
                    pause_seconds = min(2 * pause_seconds, RECORD_AGAIN_SECONDS_MAX)
                else:
                    return
            self._give_up(served)
        except asyncio.CancelledError:
            self._give_up(served)
            raise
        finally:
            self._unrecorded -= is_counted

    def _give_up(self, served: Served) -> None:
        log.error("an answer could not be recorded, and is given up", call_id=served.call_id, step=served.step)

    def _may_keep_unidentified(self) -> bool:
        minute = int(self._monotonic() // 60)
        if minute != self._minute:
            self._minute, self._unidentified_in_minute = minute, 0
        self._unidentified_in_minute += 1
        return self._unidentified_in_minute <= UNIDENTIFIED_A_MINUTE_MAX


def _put_away(asked: Asked, served: Served) -> Command[object]:
    """What was asked and what was said, kept beside the calls: whose it was is not known, or not by the call's id."""
    attempt_id = None if served.session is None or served.inbound is not None else served.session.attempt_id
    said = {
        "request": orjson.Fragment(asked.text),
        "actions": served.actions.decode(),
        "attempt_id": attempt_id,
        "step": served.step,
        "version": served.version,
        "place": served.place,
        "walk": served.walk,
        "found_by": None if served.session is None else served.session.found_by,
        "why": served.why,
        "inbound": served.inbound,
    }
    reason = UNIDENTIFIED if attempt_id is None else f"{NOT_NAMED} {attempt_id}"
    return quarantine_delivery(quarantined(orjson.dumps(said), {}, reason))
