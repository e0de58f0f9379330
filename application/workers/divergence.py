"""Looks once a day whether the provider still says of yesterday's calls what the ledger has of them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from adapters.ledger import Ledger
from adapters.minivoice_client import MiniVoiceClient
from application.commands.account import observe_divergence
from application.views.reads import Reads
from application.workers.divergence_part import (
    DAY,
    REQUESTS_PER_SECOND,
    SETTLED_AFTER,
    DayWindow,
    DivergenceAsker,
    PartTally,
)
from application.workers.periodic import PeriodicWorker
from domain.divergence import DIFFERENCES_KEPT_MAX, DivergenceLook, DivergenceObserved, TotalsBeside
from domain.errors import Conflict, InvalidInput
from projections.ended_calls import first_heard_at
from projections.follow import Follower
from projections.in_flight import InFlight

LOOK_MAX = timedelta(hours=12)
LOOK_KEPT_MAX = timedelta(hours=36)
"""A look that was begun longer ago is gone on with no more: it is begun anew, where its day is still due."""
DAYS_BACK_MAX = 7
PUT_OFF = timedelta(minutes=5)
TICK_SECONDS = 1.0
DUE_LOOKED_FOR_EVERY = timedelta(minutes=1)
HEARD_BEFORE_MAX = timedelta(days=1)
"""A call that ended in a window was heard of at most so long before it."""


class LookWanted(Struct, frozen=True):
    """A window to look at, and the look at it that is to be gone on with, if there is one."""

    window: DayWindow
    on_request: bool = False
    look: DivergenceLook | None = None


class DivergenceWatch(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`. Without requests a day it looks at nothing."""

    part = None

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        reads: Reads,
        client: MiniVoiceClient,
        fingerprint: str,
        *,
        clock: Callable[[], datetime],
        requests_a_day_max: int,
        requests_per_second: float = REQUESTS_PER_SECOND,
    ) -> None:
        super().__init__(
            follower,
            TICK_SECONDS,
            refused="what the provider says of earlier calls could not be recorded",
            mistaken="what the provider says of earlier calls could not be looked at",
        )
        self._ledger = ledger
        self._in_flight = in_flight
        self._reads = reads
        self._fingerprint = fingerprint
        self._clock = clock
        self.requests_a_day_max = requests_a_day_max
        self._asker = DivergenceAsker(
            ledger,
            in_flight,
            reads,
            client,
            clock=clock,
            left=self._left,
            is_stopping=lambda: self._periodic.is_stopping,
            requests_per_second=requests_per_second,
        )
        self._requested: LookWanted | None = None
        self._put_off_until: datetime | None = None
        self._due_looked_for_at: datetime | None = None
        self._first_call_at: datetime | None = None

    def ask_for(self, day: date) -> DayWindow:
        """Look at a UTC day next, again if it was looked at. Raises `InvalidInput` for one to come, `Conflict` where it is off."""
        now = self._clock()
        if self.requests_a_day_max == 0:
            raise Conflict(
                "looking for divergence is off: set DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX, and start again"
            )
        if day > now.date():
            raise InvalidInput("day", f"{day} is still to come: it is {now.date()} (UTC)")
        if self._left() <= 1:
            raise Conflict(
                f"all {self.requests_a_day_max} requests of today (UTC) are used up: ask again tomorrow, or raise "
                "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX"
            )
        window = _window(day, now)
        self._requested, self._put_off_until = LookWanted(window, on_request=True), None
        return window

    @property
    def waits(self) -> bool:
        """Whether somebody asked for a look that has recorded nothing yet."""
        return self._requested is not None

    async def tick(self) -> None:
        """One part of the look that is under way or due, if any is."""
        now, put_off = self._clock(), self._put_off_until
        if self.requests_a_day_max == 0 or (put_off is not None and now < put_off <= now + PUT_OFF):
            return
        self._put_off_until = None
        wanted = await self._wanted(now)
        if wanted is not None and self._left() > 1:
            await self._look(wanted)

    async def _wanted(self, now: datetime) -> LookWanted | None:
        """What a person asked for, else a look that was begun, else the oldest of the last days that nobody looked at."""
        if self._requested is not None:
            return self._requested
        looks = self._in_flight.account.divergences.looks
        for look in looks.values():
            if not look.is_finished and look.begun_at > now - LOOK_KEPT_MAX:
                return LookWanted(DayWindow(look.window_from, look.window_to), look.on_request, look)
        last = (now - SETTLED_AFTER).date() - DAY
        windows = [_window(last - DAY * back, now) for back in reversed(range(DAYS_BACK_MAX))]
        due = [window for window in windows if not _is_done(looks.get(window.window_from), window)]
        looked_at = self._due_looked_for_at
        if not due or (looked_at is not None and looked_at <= now < looked_at + DUE_LOOKED_FOR_EVERY):
            return None
        self._due_looked_for_at = now
        if self._first_call_at is None:
            self._first_call_at = await asyncio.to_thread(self._read_first_call)
        first = self._first_call_at
        return next((LookWanted(one) for one in due if first is not None and first < one.window_to), None)

    async def _look(self, wanted: LookWanted) -> None:
        look, window = wanted.look, wanted.window
        heard_from = window.window_from - HEARD_BEFORE_MAX
        after = await asyncio.to_thread(self._ledger.position_at, heard_from, self._clock())
        window = DayWindow(window.window_from, window.window_to, after)
        if look is None:
            ended = (await asyncio.to_thread(self._asker.read_totals, window)).ours_ended
            every = max(1, -(-ended // (self._left() - 1)))
        else:
            ended, every = look.ended, look.every
        tally = await self._asker.ask_on(window, every, max(after, 0 if look is None else look.through))
        if look is not None and not tally.is_over and self._clock() - look.begun_at > LOOK_MAX:
            tally.why, tally.is_over = "time", True
        if tally.nobody_answers or not (tally.is_over or tally.requests):
            self._put_off_until = self._clock() + PUT_OFF
        if tally.is_over or tally.requests:
            beside = await self._asker.totals(window, tally) if tally.is_over else None
            await self._record(_part(wanted, ended, every, tally, beside))
            if self._requested == wanted:
                self._requested = None

    async def _record(self, event: DivergenceObserved) -> None:
        """Returns once what is in flight has it, from which the next part begins."""
        observed = observe_divergence(self._fingerprint, event)
        done = await self._ledger.execute(observed, lane="answers", metadata={"actor": "divergence"})
        while self._in_flight.position < done.position and not self._periodic.is_stopping:
            await self._follower.moved(TICK_SECONDS)

    def _left(self) -> int:
        """How many requests may still be sent on this UTC day, by what is recorded."""
        known = self._in_flight.account.divergences
        return self.requests_a_day_max - known.requests_on(self._clock().date())

    def _read_first_call(self) -> datetime | None:
        with self._reads.reading() as taken:
            return first_heard_at(taken.connection)


def _part(
    wanted: LookWanted, ended: int, every: int, tally: PartTally, beside: TotalsBeside | None
) -> DivergenceObserved:
    look, window = wanted.look, wanted.window
    asked = tally.asked + (0 if look is None else look.asked)
    left_out = 0 if beside is None else max(0, ended - asked)
    return DivergenceObserved(
        window_from=window.window_from,
        window_to=window.window_to,
        part=1 if look is None else look.parts + 1,
        ended=ended,
        every=every,
        through=tally.through,
        asked=tally.asked,
        requests=tally.requests,
        unanswered=tally.unanswered,
        unclear=tally.unclear,
        counts=dict(tally.counts),
        differences=tuple(tally.differences[:DIFFERENCES_KEPT_MAX]),
        is_last=beside is not None,
        totals=beside,
        left_out=left_out,
        left_out_why=(tally.why or ("sampled" if every > 1 else None)) if left_out else None,
        on_request=wanted.on_request,
    )


def _window(day: date, now: datetime) -> DayWindow:
    """A UTC day; the one that it is, as far as it has come."""
    begin = datetime.combine(day, time(), UTC)
    return DayWindow(begin, max(begin + timedelta(seconds=1), min(begin + DAY, now.replace(microsecond=0))))


def _is_done(look: DivergenceLook | None, window: DayWindow) -> bool:
    """Whether all of the day was looked at: a look while it was not over yet is none of it."""
    return look is not None and look.is_finished and look.window_to == window.window_to
