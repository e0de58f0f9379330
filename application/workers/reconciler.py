"""Finds out what the webhooks did not say: how silent calls ended, and whose call an unresolved attempt's is."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.minivoice_client import CallFound, CallMissing, LookupFailed, MiniVoiceClient
from application.commands.calls import observe_call, receive_report
from application.commands.command import Command
from application.commands.resolving import match_attempt
from application.views import Views
from application.views.possible import calls_possible
from application.views.reads import Reads
from application.workers.periodic import PeriodicWorker
from domain.call import CallObserved
from domain.errors import Conflict, ViewsBehind
from domain.matching import MATCH_WINDOW, Match, candidates, inferred
from projections.follow import Follower
from projections.in_flight import InFlight
from projections.store import ViewsUnusable

LOOKUPS_PER_SECOND = 20.0
LOOKUPS_AT_ONCE_MAX = 4
LOOKUP_AGAIN_AFTER_MAX = timedelta(hours=1)
ANSWERS_WITHOUT_END_MAX = 12
ANSWERS_MISSING_MAX = 3
LOOKUPS_FAILED_MAX = 12
LOOKUPS_BETWEEN_MATCHES_MAX = 20
WINDOW_IN_RECONCILE_TIMES = 3
VIEWS_SECONDS_MAX = 5.0
ECHO_SECONDS_MAX = 1.0
TICK_SECONDS_MAX = 5.0
TICK_SHARE = 0.25
TICK_SECONDS_MIN = 0.1

log = structlog.get_logger("dialtrail.reconciler")


class Inquiry(Struct):
    """How often a call was asked for, and when it is worth asking again.

    `answers` did not say that it ended, `missing` said that there is no such call; `failed` look-ups said nothing of it.
    """

    due: datetime
    answers: int = 0
    missing: int = 0
    failed: int = 0
    tries: int = 0


class Reconciler(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`."""

    part = "reconciler"

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        views: Views,
        reads: Reads,
        client: MiniVoiceClient,
        *,
        clock: Callable[[], datetime],
        reconcile_after: timedelta,
    ) -> None:
        super().__init__(
            follower,
            max(TICK_SECONDS_MIN, min(TICK_SECONDS_MAX, reconcile_after.total_seconds() * TICK_SHARE)),
            refused="could not record what was found out",
            mistaken="could not look for what was found out",
        )
        self._ledger = ledger
        self._in_flight = in_flight
        self._views = views
        self._reads = reads
        self._client = client
        self._clock = clock
        self._after = reconcile_after
        self._window = min(MATCH_WINDOW, reconcile_after * WINDOW_IN_RECONCILE_TIMES)
        self._inquiries: dict[str, Inquiry] = {}
        self._possible: dict[str, datetime] = {}
        self.looked_at: datetime | None = None

    async def tick(self) -> None:
        """Match what can be matched, and ask for the calls that are due; where these are many, match in between, too."""
        await self._match()
        await self._learn_numbers()
        due = self._due_calls()
        every_seconds = LOOKUPS_AT_ONCE_MAX / LOOKUPS_PER_SECOND
        for at in range(0, len(due), LOOKUPS_BETWEEN_MATCHES_MAX):
            some = due[at : at + LOOKUPS_BETWEEN_MATCHES_MAX]
            await self._periodic.each(some, self._ask, at_once=LOOKUPS_AT_ONCE_MAX, every_seconds=every_seconds)
            await self._match()
        self.looked_at = self._clock()

    async def _match(self) -> None:
        named = await self._echoes()
        await self._learn_numbers()
        for match in named + await self._guessed(named):
            await self._record(match)

    async def _guessed(self, named: Sequence[Match]) -> list[Match]:
        """What can be inferred beside these; nothing while the views do not have all that could be a candidate."""
        settled = {match.attempt_id for match in named} | {match.call_id for match in named}
        attempts = [a for a in self._in_flight.attempts.unresolved() if a.attempt_id not in settled]
        try:
            found = await calls_possible(self._views, attempts, self._ledger.position, VIEWS_SECONDS_MAX)
        except (ViewsBehind, ViewsUnusable) as error:
            log.info("no attempt is inferred for now", why=str(error))
            return []
        calls = [c for c in found if c.call_id not in settled]
        self._possible = {c.call_id: a.started_at for a in reversed(attempts) for c in candidates(a, calls)}
        # Only once every call that could be another candidate has begun: else a second one that comes later would be too late.
        now = self._clock()
        old_enough = {a.attempt_id for a in attempts if now - a.started_at >= self._window}
        return [match for match in inferred(attempts, calls, self._window) if match.attempt_id in old_enough]

    async def _learn_numbers(self) -> None:
        """Read whom the unresolved attempts call, as far as that is not at hand."""
        unknown = self._in_flight.attempts.without_number()
        if unknown:
            numbers = await asyncio.to_thread(self._in_flight.read_numbers, unknown)
            for attempt_id, number in numbers.items():
                self._in_flight.attempts.learn_number(attempt_id, number)

    async def _echoes(self) -> list[Match]:
        """What the provider itself says of calls' attempts; one whose answer is still awaited is left to the answer."""
        echoed = dict(self._in_flight.calls.echoing)
        streams = {i: one.stream for i, one in self._in_flight.attempts.open.items()}
        unknown = {attempt_id for attempts in echoed.values() for attempt_id in attempts} - streams.keys()
        if unknown:
            # An attempt is recorded before its request leaves: whom views that are not behind do not know is of another ledger.
            are_all_known = await self._views.wait_for(self._ledger.position, ECHO_SECONDS_MAX)
            streams |= await asyncio.to_thread(self._reads.streams_of_attempts, unknown)
            if are_all_known:
                self._in_flight.calls.forget_echoes(
                    i for i, attempts in echoed.items() if not streams.keys() & attempts
                )
        return [
            Match(attempt_id=attempt_id, stream=streams[attempt_id], call_id=call_id, how="metadata")
            for call_id, attempts in echoed.items()
            for attempt_id in attempts
            if attempt_id in streams and attempt_id not in self._in_flight.attempts.started
        ]

    async def _record(self, match: Match) -> None:
        try:
            await self._ledger.execute(
                match_attempt(match.stream, match.attempt_id, match.call_id, match.how, "reconciler"),
                lane="answers",
                metadata={"actor": "reconciler"},
            )
        except Conflict as error:
            log.info("a match came too late", call_id=match.call_id, error=str(error))
            return
        log.info("attempt matched", attempt_id=match.attempt_id, call_id=match.call_id, how=match.how)

    def _due_calls(self) -> list[str]:
        """Calls without an end of which nothing was heard for long; also, for what they echo, those an attempt may have brought about."""
        now = self._clock()
        self._follow_the_clock(now)
        waiting = self._possible | self._in_flight.calls.open
        for call_id in self._inquiries.keys() - waiting.keys():
            del self._inquiries[call_id]
        for call_id, heard_at in waiting.items():
            self._inquiries.setdefault(call_id, Inquiry(due=min(heard_at, now) + self._after))
        return [call_id for call_id, inquiry in self._inquiries.items() if inquiry.due <= now]

    def _follow_the_clock(self, now: datetime) -> None:
        """Where the clock was set back, what was due so long after its last reading still is."""
        if self.looked_at is not None and now < self.looked_at:
            for inquiry in self._inquiries.values():
                inquiry.due += now - self.looked_at

    async def _ask(self, call_id: str) -> None:
        inquiry = self._inquiries[call_id]
        inquiry.tries += 1
        inquiry.due = self._clock() + min(LOOKUP_AGAIN_AFTER_MAX, self._after * 2 ** min(inquiry.tries, 16))
        answer = await self._client.get_call(call_id)
        match answer:
            case CallFound():
                await self._found(answer, inquiry)
            case CallMissing():
                inquiry.missing += 1
                observed = CallObserved(digest=f"missing|{answer.status}", body=answer.body)
                await self._observe(call_id, observed, gives_up=inquiry.missing >= ANSWERS_MISSING_MAX)
            case LookupFailed():
                log.warning("call could not be asked for", call_id=call_id, why=answer.why, code=answer.code)
                await self._failed(call_id, answer, inquiry)

    async def _found(self, answer: CallFound, inquiry: Inquiry) -> None:
        if isinstance(answer.event, CallObserved):
            inquiry.answers += 1
            await self._observe(answer.call_id, answer.event, gives_up=inquiry.answers >= ANSWERS_WITHOUT_END_MAX)
            return
        await self._execute(receive_report(answer.call_id, answer.event))
        log.info("call ended, found by asking", call_id=answer.call_id, status=answer.status)

    async def _failed(self, call_id: str, answer: LookupFailed, inquiry: Inquiry) -> None:
        """Nothing was said of the call; only after very many such answers is its end given up, for its campaign waits for it."""
        inquiry.failed += 1
        if inquiry.failed >= LOOKUPS_FAILED_MAX and call_id in self._in_flight.calls.open:
            observed = CallObserved(digest=f"failed|{answer.status}", body=answer.body or "")
            await self._observe(call_id, observed, gives_up=True)

    async def _observe(self, call_id: str, observed: CallObserved, *, gives_up: bool) -> None:
        is_open = call_id in self._in_flight.calls.open
        await self._execute(observe_call(call_id, replace(observed, gave_up=gives_up and is_open)))
        if gives_up and is_open:
            log.warning("the end of a call cannot be found out", call_id=call_id)

    async def _execute(self, decide: Command[object]) -> None:
        await self._ledger.execute(decide, lane="answers", metadata={"actor": "reconciler"})
