"""Asks MiniVoice for the AI results of recorded calls that are over, a few times, further and further apart, and records what came of it."""

import asyncio
import heapq
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from adapters.ledger import Ledger
from adapters.minivoice_client import InsightAnswer, MiniVoiceClient
from application.commands.calls import record_insights
from application.views import Views
from application.workers.periodic import PeriodicWorker
from domain.call import InsightFetched, InsightTry
from domain.instants import EARLIEST
from projections.follow import Follower
from projections.insights_due import InsightsDue, loaded_from
from projections.recorded_call import Awaited

# When it is asked, counted from the call's end or, where that is later, from its recording's completion.
TRY_AFTER = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
# Results are hardly ever there at once: what the first question does not bring is told with the second.
TRIES_TOLD_FROM = 2
TRIES_KEPT_MAX = 16
READS_PER_SECOND = 20.0
READS_AT_ONCE_MAX = 4
CALLS_PER_LOOK_MAX = 100
CALLS_AWAITED_MAX = 20_000
GIVEN_UP_AT_ONCE_MAX = 100
TICK_SECONDS = 0.5
LOAD_LOOK_SECONDS = 1.0
# Nobody waits for what is loaded, while webhooks wait for their answers.
LOAD_PAUSE_SECONDS = 0.02

log = structlog.get_logger("dialtrail.insights")


class InsightInquiry(Struct):
    """The questions about one call: which of the tries is next and when, what was asked since it was last recorded.

    `untold` are answers that the ledger has not taken yet; before it has, nothing more is asked. The tries count from
    `since`, which is no later than now though `begun_at` may be, where the clock was ahead.
    """

    begun_at: datetime
    since: datetime
    next_try: int
    due: datetime
    asked: dict[str, list[InsightTry]]
    untold: list[InsightFetched]


class Insights(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`."""

    part = "insights"

    def __init__(
        self,
        ledger: Ledger,
        due: InsightsDue,
        follower: Follower,
        client: MiniVoiceClient,
        *,
        clock: Callable[[], datetime],
        try_after: Sequence[timedelta] = TRY_AFTER,
        awaited_max: int = CALLS_AWAITED_MAX,
    ) -> None:
        super().__init__(
            follower,
            TICK_SECONDS,
            refused="AI results could not be recorded",
            mistaken="AI results could not be asked for",
        )
        self.try_after = try_after
        self.awaited_max = awaited_max
        self._ledger = ledger
        self._due = due
        self._client = client
        self._clock = clock
        self._inquiries: dict[str, InsightInquiry] = {}
        self._untold: dict[str, None] = {}
        self._dues: list[tuple[datetime, str]] = []
        self._looked_at = EARLIEST

    @property
    def trouble(self) -> str | None:
        """What keeps the results from being asked for or recorded; None where nothing does."""
        return super().trouble or self._follower.trouble

    async def tick(self) -> None:
        """Record what could not be recorded before, give up what is too much, and ask for what is due."""
        self._follow()
        for call_id in list(self._untold):
            inquiry = self._inquiries.get(call_id)
            if inquiry is None or not inquiry.untold:
                del self._untold[call_id]
            else:
                await self._tell(call_id, inquiry)
        await self._give_up_surplus()
        due = self._due_calls()
        try:
            await self._periodic.each(due, self._ask, at_once=READS_AT_ONCE_MAX)
        finally:
            for call_id in due:
                self._wait_for(call_id)

    def _follow(self) -> None:
        """One inquiry for each call that something is open of. Thousands may be, so that only those are looked at that moved."""
        now = self._clock()
        moved = self._due.take_moved()
        if moved is None or now < self._looked_at:  # the clock was set back since
            moved = {*self._inquiries, *self._due.awaited}
        self._looked_at = now
        for call_id in moved:
            self._look_at(call_id, self._due.awaited.get(call_id), now)
        if len(self._dues) > 2 * len(self._inquiries) + CALLS_PER_LOOK_MAX:  # most are of those that are over
            self._dues.clear()
            for call_id in self._inquiries:
                self._wait_for(call_id)

    def _look_at(self, call_id: str, awaited: Awaited | None, now: datetime) -> None:
        """Begin an inquiry, or end it; a recording that is completed begins it anew."""
        known = self._inquiries.get(call_id)
        if awaited is None:
            self._inquiries.pop(call_id, None)
            return
        if known is None:
            self._inquiries[call_id] = self._begun(awaited, now)
        elif known.begun_at != awaited.begun_at:
            begun = self._begun(awaited, now)
            known.begun_at, known.since = begun.begun_at, begun.since
            known.next_try, known.due = begun.next_try, begun.due
            known.untold = _lasting(known.untold)
        elif known.since > now:
            known.due += now - known.since
            known.since = now
        else:
            return
        self._wait_for(call_id)

    def _wait_for(self, call_id: str) -> None:
        """Have it asked about when it is due. What stands there already counts only while its inquiry is due then."""
        inquiry = self._inquiries.get(call_id)
        if inquiry is not None and inquiry.next_try < len(self.try_after):
            heapq.heappush(self._dues, (inquiry.due, call_id))

    def _begun(self, awaited: Awaited, now: datetime) -> InsightInquiry:
        """Of the tries whose time has gone by only the last one is made up for."""
        passed = sum(awaited.begun_at + after <= now for after in self.try_after)
        next_try = max(passed - 1, 0)
        since = min(awaited.begun_at, now)
        due = since + self.try_after[next_try]
        return InsightInquiry(begun_at=awaited.begun_at, since=since, next_try=next_try, due=due, asked={}, untold=[])

    def _due_calls(self) -> list[str]:
        """The calls to ask about now, the longest due first."""
        now, due = self._clock(), dict[str, None]()
        while self._dues and self._dues[0][0] <= now and len(due) < CALLS_PER_LOOK_MAX:
            at, call_id = heapq.heappop(self._dues)
            inquiry = self._inquiries.get(call_id)
            if inquiry is not None and inquiry.due == at:
                due[call_id] = None
        return list(due)

    async def _ask(self, call_id: str) -> None:
        inquiry, awaited = self._inquiries[call_id], self._due.awaited.get(call_id)
        kinds = () if awaited is None else awaited.kinds
        is_last = inquiry.next_try >= len(self.try_after) - 1
        told: list[InsightFetched] = []
        for kind in kinds:
            if self._periodic.is_stopping:
                return
            at = self._clock()
            answer = await self._client.get_insight(call_id, kind)
            tries = inquiry.asked.setdefault(kind, [])
            tries.append(InsightTry(at=at, result=answer.result, status=answer.status, code=answer.code))
            del tries[:-TRIES_KEPT_MAX]
            if answer.result == "completed" or is_last or len(tries) >= TRIES_TOLD_FROM:
                told.append(_fetched(answer, tries, is_last=is_last))
            await asyncio.sleep(READS_AT_ONCE_MAX / READS_PER_SECOND)
        inquiry.next_try += 1
        now = self._clock()
        while inquiry.next_try < len(self.try_after) - 1 and inquiry.since + self.try_after[inquiry.next_try] < now:
            inquiry.next_try += 1
        if inquiry.next_try < len(self.try_after):
            inquiry.due = inquiry.since + self.try_after[inquiry.next_try]
        awaited = self._due.awaited.get(call_id)
        is_anew = awaited is not None and awaited.begun_at != inquiry.begun_at
        inquiry.untold = _lasting(told) if is_anew else told
        if inquiry.untold:
            await self._tell(call_id, inquiry)

    async def _tell(self, call_id: str, inquiry: InsightInquiry) -> None:
        self._untold[call_id] = None  # until the ledger has taken it
        for kind, result in await self._record(call_id, inquiry.untold):
            inquiry.asked.pop(kind, None)
            log.info("AI result", call_id=call_id, kind=kind, result=result)
        inquiry.untold = []
        del self._untold[call_id]

    async def _give_up_surplus(self) -> None:
        """More calls than can be kept are not asked about to the end: of the oldest, what is open is given up.

        All that is too much: a look may take as long as its questions do, and so long more come.
        """
        surplus = len(self._due.awaited) - self.awaited_max
        if surplus <= 0:
            return
        open_ones = dict(self._due.awaited)
        oldest = await asyncio.to_thread(heapq.nsmallest, surplus, open_ones, key=lambda one: open_ones[one].begun_at)
        why = f"more than {self.awaited_max} calls wait for AI results"
        log.warning("AI results are given up", calls=len(oldest), why=why)

        async def given_up(call_id: str) -> None:
            asked = self._inquiries[call_id].asked if call_id in self._inquiries else {}
            await self._record(
                call_id,
                [
                    InsightFetched(kind=kind, result="gave_up", why=why, asked=tuple(asked.get(kind, ())))
                    for kind in open_ones[call_id].kinds
                ],
            )

        for start in range(0, len(oldest), GIVEN_UP_AT_ONCE_MAX):
            some = oldest[start : start + GIVEN_UP_AT_ONCE_MAX]
            await self._periodic.each(some, given_up, at_once=GIVEN_UP_AT_ONCE_MAX)

    async def _record(self, call_id: str, fetched: Sequence[InsightFetched]) -> list[tuple[str, str]]:
        done = await self._ledger.execute(
            record_insights(call_id, fetched), lane="answers", metadata={"actor": "insights"}
        )
        return done.result


def _fetched(answer: InsightAnswer, tries: Sequence[InsightTry], *, is_last: bool) -> InsightFetched:
    is_there = answer.result == "completed"
    return InsightFetched(
        kind=answer.kind,
        result="gave_up" if is_last and not is_there else answer.result,
        body=answer.body,
        why=answer.why,
        asked=tuple(tries),
        raw=answer.raw,
        drift=answer.drift,
    )


def _lasting(told: Sequence[InsightFetched]) -> list[InsightFetched]:
    """What still counts where a recording was completed meanwhile: results, for the asking begins anew."""
    return [one for one in told if one.result == "completed"]


def follow_insights(ledger: Ledger, views: Views, clock: Callable[[], datetime]) -> tuple[InsightsDue, Follower]:
    """What is to be asked for, and what keeps it up to date; it begins with what the views know, once they have come to the ledger's end."""
    due = InsightsDue(ledger.read_streams)

    def load_now() -> None:
        with views.reading() as taken:
            loaded = loaded_from(taken, clock())
        due.load(loaded, between=lambda: time.sleep(LOAD_PAUSE_SECONDS))

    async def load() -> None:
        wanted = ledger.position
        while not await views.wait_for(wanted, LOAD_LOOK_SECONDS):
            pass
        await asyncio.to_thread(load_now)

    follower = Follower(due, ledger.read_feed, lambda: ledger.position, load)
    ledger.add_listener(follower.pushed)
    return due, follower
