"""Wakes those who wait for what is recorded of a call: a few names of events, in the streams of the calls they ask about."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress

from domain.events import Recorded


class Bells:
    """`committed` hears of each commit, in the writer's thread; all else belongs to one event loop."""

    def __init__(self, names: Collection[str]) -> None:
        self.waiting: dict[str, set[asyncio.Event]] = {}
        self._names = frozenset(names)
        self._loop: asyncio.AbstractEventLoop | None = None

    def committed(self, batch: Sequence[Recorded]) -> None:
        """Wake those that wait for something in these streams."""
        loop = self._loop
        if not self.waiting or loop is None:
            return
        streams = {recorded.stream for recorded in batch if recorded.name in self._names}
        if streams:
            with suppress(RuntimeError):  # the loop closed, and nobody waits in it any more
                loop.call_soon_threadsafe(self._ring, streams)

    @contextmanager
    def hung(self, streams: Collection[str]) -> Iterator[asyncio.Event]:
        """A bell that rings with each commit that has one of these names in one of these streams."""
        self._loop = asyncio.get_running_loop()
        bell = asyncio.Event()
        for stream in streams:
            self.waiting.setdefault(stream, set()).add(bell)
        try:
            yield bell
        finally:
            for stream in streams:
                self._take_down(stream, bell)

    def _take_down(self, stream: str, bell: asyncio.Event) -> None:
        bells = self.waiting.get(stream, set())
        bells.discard(bell)
        if not bells:
            self.waiting.pop(stream, None)

    def _ring(self, streams: set[str]) -> None:
        for stream in streams:
            for bell in self.waiting.get(stream, ()):
                bell.set()


async def rings(bell: asyncio.Event, seconds: float) -> None:
    """Wait until it rings, and for at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
