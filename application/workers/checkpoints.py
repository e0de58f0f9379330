"""Tells subscribers of the log's checkpoints; the newest is looked for again and again, for another process may sign it."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.verifiable_log.store import KeptCheckpoint, LogStore
from application.workers.periodic import Periodic

LOOK_SECONDS = 5.0


class CheckpointTelling:
    """Where subscriptions are served. The log itself does not wait for it."""

    part = None

    def __init__(self, store: LogStore, tell: Callable[[KeptCheckpoint], Awaitable[None]]) -> None:
        """`tell` raises `NotReady` where nobody can be told now."""
        self._store = store
        self._tell = tell
        self._periodic = Periodic(
            self.tick,
            LOOK_SECONDS,
            refused="subscribers are not told of the log's checkpoints",
            mistaken="telling of the log's checkpoints failed inside Dialtrail",
        )

    @property
    def trouble(self) -> str | None:
        """What keeps subscribers from being told; None where nothing does."""
        return self._periodic.trouble

    async def tick(self) -> None:
        """One look."""
        newest = await asyncio.to_thread(self._store.newest)
        if newest is not None:
            await self._tell(newest)

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process tells: do not."""
        self._periodic.stands_by = stands_by

    async def run(self) -> None:
        """Until stopped."""
        await self._periodic.run()

    async def stop(self) -> None:
        """Tell nothing more."""
        self._periodic.stop()
