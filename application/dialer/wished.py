"""Who is to be called now because they wish it: they go before all others who are due."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine

import structlog
from msgspec import Struct

from application.views.reads import DueRead
from domain.errors import DialtrailError

WISHED_READ_MAX = 256
LOOK_AGAIN_SECONDS = 1.0
READ_SECONDS_MAX = 20.0

log = structlog.get_logger("dialtrail.dialer")


class WishedQueue(Struct):
    """One campaign's, read again at the monotonic instant `due`. `is_offered` where its first was asked for last."""

    waiting: deque[str]
    due: float = 0.0
    is_reading: bool = False
    is_offered: bool = False


class WishedCalls:
    """The queues. Each is read once a second at most, whether anybody was called or not."""

    def __init__(
        self,
        read: Callable[[str, int], DueRead],
        monotonic: Callable[[], float],
        spawn: Callable[[Coroutine[None, None, None]], None],
        wake: Callable[[], None],
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._spawn = spawn
        self._wake = wake
        self._queues: dict[str, WishedQueue] = {}

    def next(self, campaign_id: str, may_be_called: Callable[[str], bool]) -> str | None:
        """Whose time has come, the earliest first; None where nobody's is known to have."""
        queue = self._queues.setdefault(campaign_id, WishedQueue(deque()))
        while queue.waiting and not may_be_called(queue.waiting[0]):
            queue.waiting.popleft()
        if not queue.waiting and not queue.is_reading and self._monotonic() >= queue.due:
            queue.is_reading = True
            self._spawn(self._fill(campaign_id, queue))
        queue.is_offered = bool(queue.waiting)
        return queue.waiting[0] if queue.waiting else None

    def taken(self, campaign_id: str) -> bool:
        """The one that `next` gave is being called; whether it gave one."""
        queue = self._queues[campaign_id]
        if not queue.is_offered:
            return False
        queue.is_offered = False
        queue.waiting.popleft()
        return True

    async def _fill(self, campaign_id: str, queue: WishedQueue) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                found = await asyncio.to_thread(self._read, campaign_id, WISHED_READ_MAX)
            queue.waiting.extend(found.streams)
        except (DialtrailError, TimeoutError) as error:
            why = str(error) or f"no answer within {READ_SECONDS_MAX:g} s"
            log.warning("whose wished time has come could not be read", campaign_id=campaign_id, error=why)
        finally:
            queue.is_reading = False
            queue.due = self._monotonic() + LOOK_AGAIN_SECONDS
        if queue.waiting:
            self._wake()
