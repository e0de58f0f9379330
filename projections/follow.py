"""Keep a view at the ledger's end: pushed each commit while it is close, pulled in batches when it is behind."""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from domain.errors import DialtrailError
from domain.events import Recorded

BATCH_EVENTS_MAX = 1_000
RETRY_SECONDS = 0.5

ReadFeed = Callable[[int, int], list[Recorded]]


class View(Protocol):
    """A fold over the ledger that knows how far it has come."""

    position: int

    def apply(self, recorded: Recorded) -> None:
        """Apply the next event."""

    def must_read(self, recorded: Recorded) -> bool:
        """Whether the stream has to be read first, as it was before this event."""

    def must_read_first(self, recorded: Recorded) -> bool:
        """Whether nothing that follows an event may be applied before what it needs was read."""

    def read(self, recorded: Recorded) -> Any:
        """What an event needs to be known, such as its stream as it was before; in any thread."""

    def know(self, stream: str, found: Any) -> None:
        """Have what was read at hand for the events of the stream that are applied next."""


class Follower:
    """Drives one view from an event loop. `pushed` may be called from any thread.

    The events of a stream that the view has to read wait until that is done in a thread; all others go on. Where nothing may
    go on meanwhile, the view is behind until it is read.
    """

    def __init__(
        self,
        view: View,
        read_feed: ReadFeed,
        end: Callable[[], int],
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """With `prepare`, the view is loaded by it before it follows."""
        self._prepare = prepare
        self._view = view
        self._read_feed = read_feed
        self._end = end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, deque[Recorded]] = {}
        self._live = False
        self._stopped_at: Recorded | None = None
        self._moved = asyncio.Event()
        self.trouble: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether the view has been at the ledger's end, and is pushed what follows."""
        return self._live

    async def start(self) -> None:
        """Begin to follow; returns at once, while the view catches up."""
        self._loop = asyncio.get_running_loop()
        self._behind()

    async def wait_live(self) -> None:
        """Wait until the view has come to the ledger's end."""
        while (task := self._catching_up or self._reading) is not None:
            await asyncio.shield(task)

    async def stop(self) -> None:
        """Follow no further."""
        self._loop = None
        tasks = [task for task in (self._catching_up, self._reading) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def pushed(self, batch: Sequence[Recorded]) -> None:
        """Hand over one commit's events; the view has them before anything that is scheduled later in the loop."""
        loop = self._loop  # read once: another thread may stop us meanwhile
        if loop is not None:
            loop.call_soon_threadsafe(self._take, batch)

    async def moved(self, timeout_seconds: float) -> None:
        """Wait until the view moves, or the time is over."""
        self._moved.clear()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._moved.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        """Let those go on who wait for the view to move: something that it leads to has moved."""
        self._moved.set()

    def _take(self, batch: Sequence[Recorded]) -> None:
        if not self._live:
            return
        if batch[0].position > self._view.position + 1:
            self._behind()
            return
        if not self._apply(batch):
            self._behind()

    def _apply(self, batch: Sequence[Recorded]) -> bool:
        """Whether the view took all of it; where it did not, it has to read first what `_stopped_at` needs, or its trouble says why."""
        self._stopped_at = None
        view, waiting = self._view, self._waiting
        try:
            for recorded in batch:
                if recorded.position <= view.position:
                    continue
                if view.must_read_first(recorded):
                    self._stopped_at = recorded
                    return False
                if recorded.stream in waiting or view.must_read(recorded):
                    self._let_wait(recorded)
                else:
                    view.apply(recorded)
        except Exception as error:  # noqa: BLE001 - a view that cannot go on stands still and says so, and tries again
            self.trouble = f"the event after position {self._view.position} could not be taken in: {said_of(error)}"
            return False
        finally:
            self._moved.set()
        return True

    def _let_wait(self, recorded: Recorded) -> None:
        """An event waits for its stream to be read; the view goes on without it."""
        self._waiting.setdefault(recorded.stream, deque()).append(recorded)
        self._view.position = recorded.position
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read_waiting())

    async def _read_waiting(self) -> None:
        while self._waiting:
            stream, waiting = next(iter(self._waiting.items()))
            try:
                while waiting:
                    while self._view.must_read(waiting[0]):
                        self._view.know(stream, await asyncio.to_thread(self._view.read, waiting[0]))
                    self._view.apply(waiting[0])
                    waiting.popleft()
            except Exception as error:  # noqa: BLE001 - what cannot be read or applied now is tried again, and said
                self.trouble = f"the event at position {waiting[0].position} could not be taken in: {said_of(error)}"
                await asyncio.sleep(RETRY_SECONDS)
            else:
                del self._waiting[stream]
                self.trouble = None
                self._moved.set()
        self._reading = None

    def _behind(self) -> None:
        self._live = False
        if self._catching_up is None:
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while self._prepare is not None:
            try:
                await self._prepare()
            except Exception as error:  # noqa: BLE001 - what it is loaded from may come yet
                self.trouble = f"it could not be loaded: {said_of(error)}"
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._prepare = None
        while self._view.position < self._end() or not self._live:
            try:
                batch = await asyncio.to_thread(self._read_feed, self._view.position, BATCH_EVENTS_MAX)
            except Exception as error:  # noqa: BLE001 - a view that cannot read says so and tries again
                self.trouble = f"the ledger could not be read: {said_of(error)}"
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not self._apply(batch):
                await self._read_first()
                continue
            self.trouble = None
            self._live = len(batch) < BATCH_EVENTS_MAX
        self._catching_up = None

    async def _read_first(self) -> None:
        """Read what the event needs that stopped the view; where it was stopped by trouble, wait a moment."""
        recorded = self._stopped_at
        if recorded is None:
            await asyncio.sleep(RETRY_SECONDS)
            return
        while self._reading is not None:
            await asyncio.shield(self._reading)
        try:
            self._view.know(recorded.stream, await asyncio.to_thread(self._view.read, recorded))
        except Exception as error:  # noqa: BLE001 - what cannot be read now is tried again, and said
            self.trouble = f"the event at position {recorded.position} could not be taken in: {said_of(error)}"
            await asyncio.sleep(RETRY_SECONDS)


def said_of(error: Exception) -> str:
    """What went wrong, for everybody to see: our own words, else where it was, for other words may hold what was read."""
    if isinstance(error, DialtrailError | OSError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(place.filename).name}:{place.lineno})"
