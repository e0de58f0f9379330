"""What the dialer has under way in the event loop."""

import asyncio
from collections.abc import Coroutine, Iterator

import structlog

log = structlog.get_logger("dialtrail.dialer")


class Tasks:
    """The tasks that have not ended; one that fails is logged, and costs the others nothing."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def __iter__(self) -> "Iterator[asyncio.Task[None]]":
        return iter(self._running)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Begin, and return at once."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)

    async def end(self, timeout_seconds: float) -> None:
        """Wait until all have ended, and cancel those that have not by then."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_seconds)
        for task in self._running:
            task.cancel()

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt failed inside Dialtrail", error=type(error).__name__, exc_info=error)
