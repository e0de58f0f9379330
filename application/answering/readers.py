"""Threads in which answers read the ledger: of one call one at a time, so that the others are left to other calls."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from typing import TypeVar

READERS_MAX = 4
FoundT = TypeVar("FoundT")


class Turn:
    """Whose turn it is to read of one call, and how many want to."""

    __slots__ = ("lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0


class LedgerReaders:
    """A few threads. However many ask about one call, they take one of them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="dialtrail-answers")
        self._turns: dict[str, Turn] = {}

    async def read(self, about: Collection[str], read: Callable[[], FoundT]) -> FoundT:
        """What is read in a thread, once nobody else reads about the same: call ids, numbers, or streams."""
        async with AsyncExitStack() as held:
            for name in sorted(set(about)):  # in one order, so that two never wait for each other
                turn = held.enter_context(self._wanted(name))
                await held.enter_async_context(turn.lock)
            return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    def stop(self) -> None:
        """Begin no more."""
        self._threads.shutdown(wait=False)

    @contextmanager
    def _wanted(self, name: str) -> Iterator[Turn]:
        turn = self._turns.setdefault(name, Turn())
        turn.wanted += 1
        try:
            yield turn
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                del self._turns[name]
