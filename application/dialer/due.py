"""Who is due: those who wish it first, then a little of each campaign's queue, read ahead from the views, and read again from the front when it is through."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime

import structlog
from msgspec import Struct

from application.dialer.wished import WishedCalls
from application.views.reads import DueRead
from domain.errors import DialtrailError

READ_AHEAD_MAX = 256
SCAN_AGAIN_SECONDS = 1.0
# The clock by which a campaign is closed may have been wrong.
CLOSED_SCAN_AGAIN_SECONDS = 60.0
# A line to a database may be dead and not know it: whoever waits on it must not keep everybody from being called.
READ_SECONDS_MAX = 20.0

log = structlog.get_logger("dialtrail.dialer")


class Queue(Struct):
    """One campaign's. `cursor` is the last place that was read, 0 where the next is the front.

    `is_in_vain` while nobody has been called since it was last read from its front; that was at the views' position
    `begun_at`, and its end was come to at the monotonic instant `ended_at`. From `closed_from` until `closed_until`
    (UTC) the clock lets nobody be called.
    """

    waiting: deque[str]
    cursor: int = 0
    is_reading: bool = False
    is_in_vain: bool = False
    begun_at: int = -1
    ended_at: float = 0.0
    closed_from: datetime | None = None
    closed_until: datetime | None = None


class Due:
    """The queues. Whoever the caller is busy with, or has dealt with since the views moved, is passed over.

    A recipient who is passed over is not lost: the queue is read from its front again and again.
    """

    def __init__(
        self,
        read: Callable[[str, int, int], DueRead],
        views_position: Callable[[], int],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        spawn: Callable[[Coroutine[None, None, None]], None],
        wake: Callable[[], None],
        wished: WishedCalls | None = None,
    ) -> None:
        self._wished = wished
        self._read = read
        self._views_position = views_position
        self._clock = clock
        self._monotonic = monotonic
        self._spawn = spawn
        self._wake = wake
        self._queues: dict[str, Queue] = {}
        self._dealt_with: dict[str, int] = {}

    def dealt_with(self, stream: str, position: int) -> None:
        """What the views say of a recipient is out of date until they have come to a position."""
        if position > self._views_position():
            self._dealt_with[stream] = position

    def next(self, campaign_id: str, but: Collection[str]) -> str | None:
        """Who is due and not among `but`; None where nobody is known to be, while more are perhaps being read."""
        queue = self._queues.setdefault(campaign_id, Queue(deque()))
        position = self._views_position()
        if self._is_closed(queue, position):
            return None

        def may_be_called(stream: str) -> bool:
            return stream not in but and self._dealt_with.get(stream, 0) <= position

        wished = None if self._wished is None else self._wished.next(campaign_id, may_be_called)
        if wished is not None:
            return wished
        while queue.waiting:
            if may_be_called(queue.waiting[0]):
                return queue.waiting[0]
            queue.waiting.popleft()
        self._dealt_with = {stream: until for stream, until in self._dealt_with.items() if until > position}
        if not queue.is_reading and self._is_worth_reading(queue, position):
            queue.is_reading = True
            self._spawn(self._fill(campaign_id, queue))
        return None

    def taken(self, campaign_id: str) -> None:
        """The one that `next` gave is being called."""
        queue = self._queues[campaign_id]
        if self._wished is None or not self._wished.taken(campaign_id):
            queue.waiting.popleft()
        queue.is_in_vain = False

    def _is_closed(self, queue: Queue, position: int) -> bool:
        """Whether it was the clock that let nobody be called, and still does. It is looked at again, but seldom, sooner where the views move.

        A clock that says less than it did then was wrong then.
        """
        if queue.waiting or queue.closed_from is None or queue.closed_until is None:
            return False
        if not queue.closed_from <= self._clock() < queue.closed_until:
            return False
        again = CLOSED_SCAN_AGAIN_SECONDS if queue.begun_at == position else SCAN_AGAIN_SECONDS
        return self._monotonic() - queue.ended_at < again

    def _is_worth_reading(self, queue: Queue, position: int) -> bool:
        """A queue in which nobody could be called is left alone until the views move, or time has passed."""
        is_through_in_vain = queue.is_in_vain and not queue.cursor
        has_moved = queue.begun_at != position or self._monotonic() - queue.ended_at >= SCAN_AGAIN_SECONDS
        return has_moved or not is_through_in_vain

    async def _fill(self, campaign_id: str, queue: Queue) -> None:
        queue.closed_from = self._clock()
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                found = await asyncio.to_thread(self._read, campaign_id, queue.cursor, READ_AHEAD_MAX)
            if not queue.cursor:
                queue.is_in_vain, queue.begun_at = True, found.position
            queue.cursor, queue.closed_until = found.following or 0, found.closed_until
            queue.waiting.extend(found.streams)
        except (DialtrailError, TimeoutError) as error:
            why = str(error) or f"no answer within {READ_SECONDS_MAX:g} s"
            log.warning("who is due could not be read; trying again", campaign_id=campaign_id, error=why)
            queue.cursor, queue.is_in_vain, queue.begun_at = 0, True, self._views_position()
            queue.closed_until = None
        finally:
            queue.is_reading = False
            queue.ended_at = self._monotonic()
        if queue.waiting or queue.cursor:
            self._wake()
