"""One part of a look at a day's calls: some of them asked for again, slowly and hardly ever beside a request to dial, and the totals."""

import asyncio
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct, field
from msgspec.structs import asdict

from adapters.ledger import Ledger
from adapters.minivoice_client import LookupFailed, MiniVoiceClient
from application.diverged import UNCLEAR, compared, on_the_journey
from application.views.reads import Reads
from domain.account import UsageObserved
from domain.divergence import CallDiffers, LeftOutWhy, TotalsBeside
from domain.identity import call_stream
from projections.ended_calls import EndedTotals, ended_page, ended_totals
from projections.folded import call_of
from projections.in_flight import InFlight

SETTLED_AFTER = timedelta(hours=6)
"""So long after a day's end its totals are taken as settled; how late MiniVoice settles, it does not say."""
REQUESTS_PER_SECOND = 2.0
"""A tenth of what the reconciler may ask."""
PART_CALLS_MAX = 100
PART_MAX = timedelta(minutes=5)
PRESSURE_WAIT_SECONDS = 1.0
FAILED_IN_A_ROW_MAX = 5
ROWS_MAX = 2_000
DAY = timedelta(days=1)

log = structlog.get_logger("dialtrail.divergence")


class DayWindow(Struct, frozen=True):
    """A window to look at; no call that ended in it has its place in the index before `begins_after`."""

    window_from: datetime
    window_to: datetime
    begins_after: int = 0


class PartTally(Struct):
    """What one part has come to so far. `is_over` where no call is left to ask for, or no request."""

    through: int
    asked: int = 0
    requests: int = 0
    unanswered: int = 0
    unclear: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[CallDiffers] = field(default_factory=list)
    failed_in_a_row: int = 0
    why: LeftOutWhy | None = None
    is_over: bool = False

    @property
    def nobody_answers(self) -> bool:
        """Whether it is better to go on later."""
        return self.failed_in_a_row >= FAILED_IN_A_ROW_MAX


class DivergenceAsker:
    """Asks the provider. `left` says how many requests may still be sent today, `is_stopping` whether all is to end."""

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        reads: Reads,
        client: MiniVoiceClient,
        *,
        clock: Callable[[], datetime],
        left: Callable[[], int],
        is_stopping: Callable[[], bool],
        requests_per_second: float,
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._reads = reads
        self._client = client
        self._clock = clock
        self._left = left
        self._is_stopping = is_stopping
        self._every_seconds = 1 / requests_per_second

    async def ask_on(self, window: DayWindow, every: int, through: int) -> PartTally:
        """Ask for the next calls after a place, one of `every`, the same ones after a restart."""
        tally = PartTally(through)
        begun_at = self._clock()
        while not tally.is_over:
            rows = await asyncio.to_thread(self._read_page, window, tally.through)
            for place, call_id in rows:
                if zlib.crc32(call_id.encode("utf-8", "surrogatepass")) % every == 0:
                    if self._left() - tally.requests <= 1:  # the last is for the totals
                        tally.why, tally.is_over = "budget", True
                        return tally
                    if (
                        tally.asked >= PART_CALLS_MAX
                        or tally.nobody_answers
                        or not await self._may_ask(begun_at, tally)
                    ):
                        return tally
                    await self._ask(call_id, tally)
                tally.through = place
            tally.is_over = len(rows) < ROWS_MAX
        return tally

    async def _may_ask(self, begun_at: datetime, tally: PartTally) -> bool:
        """Wait while a request to dial is on its way. False where that lasts, or all ends.

        Where it lasted for all of a part, one call is asked for beside it: else no day would be looked at of an account
        that always dials.
        """
        while not self._is_stopping():
            lasted = self._clock() - begun_at
            if not timedelta() <= lasted < PART_MAX:
                return lasted >= PART_MAX and not tally.asked
            if not self._in_flight.attempts.started:
                return True
            await asyncio.sleep(PRESSURE_WAIT_SECONDS)
        return False

    async def _ask(self, call_id: str, tally: PartTally) -> None:
        answer = await self._client.get_call(call_id)
        tally.requests += 1
        tally.asked += 1
        if isinstance(answer, LookupFailed):
            tally.unanswered += 1
            tally.failed_in_a_row += 1
            log.info("call could not be asked for again", call_id=call_id, why=answer.why, code=answer.code)
        else:
            tally.failed_in_a_row = 0
            events = await asyncio.to_thread(self._ledger.read_stream, call_stream(call_id))
            found = compared(call_id, call_of(events), answer)
            if isinstance(found, CallDiffers):
                tally.counts[found.kind] += 1
                tally.differences.append(found)
                log.warning("the provider says something else of a call", call_id=call_id, kind=found.kind)
                on_it = on_the_journey(call_id, answer)
                await self._ledger.execute(on_it, lane="answers", metadata={"actor": "divergence"})
            elif found == UNCLEAR:
                tally.unclear += 1
        await asyncio.sleep(self._every_seconds)

    async def totals(self, window: DayWindow, tally: PartTally) -> TotalsBeside:
        """The provider's totals beside ours; that is one more request."""
        ours = asdict(await asyncio.to_thread(self.read_totals, window))
        is_settled = self._clock() >= window.window_from + DAY + SETTLED_AFTER
        if self._left() - tally.requests <= 0:
            return TotalsBeside(why="no requests were left for today", is_settled=is_settled, **ours)
        answer = await self._client.get_usage(window.window_from, window.window_to)
        tally.requests += 1
        asked = (window.window_from, window.window_to)
        if isinstance(answer, UsageObserved) and (answer.window_from, answer.window_to) != asked:
            answer = LookupFailed(why="the answer is about another window than was asked for", body=answer.body)
        if isinstance(answer, LookupFailed):
            return TotalsBeside(why=answer.why, body=answer.body, is_settled=is_settled, **ours)
        return TotalsBeside(
            calls=answer.calls,
            billsec_seconds=answer.billsec_seconds,
            cost_amount=answer.cost_amount,
            cost_currency=answer.cost_currency,
            body=answer.body,
            is_settled=is_settled,
            **ours,
        )

    def read_totals(self, window: DayWindow) -> EndedTotals:
        """What the ledger has of a window; reads the views."""
        with self._reads.reading() as taken:
            return ended_totals(taken.connection, window.window_from, window.window_to, window.begins_after)

    def _read_page(self, window: DayWindow, after: int) -> Sequence[tuple[int, str]]:
        with self._reads.reading() as taken:
            return ended_page(taken.connection, window.window_from, window.window_to, after, ROWS_MAX)
