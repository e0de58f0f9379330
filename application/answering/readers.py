"""Threads in which answers read the ledger: of one call one at a time, so that the others are left to other calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeVar

READERS_MAX = 4
FoundT = TypeVar("FoundT")


class Turn:
    """Whose turn it is to read of one call, and how many want to."""

    __slots__ = ("lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0


class LedgerReaders:
    """A few threads. However many ask about one call, they take one of them, and those who ask the same ask once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="dialtrail-answers")
        self._turns: dict[str, Turn] = {}
        self._to_begin: dict[Hashable, asyncio.Task[Any]] = {}

    async def read(self, about: Collection[str], read: Callable[[], FoundT]) -> FoundT:
        """What is read in a thread, once nobody else reads about the same: call ids, numbers, or streams."""
        async with self._turn(about):
            return await self._in_a_thread(read)

    async def read_together(self, question: Hashable, about: Collection[str], read: Callable[[], FoundT]) -> FoundT:
        """As `read`, but all who ask this question before it begins are told what the first of them is.

        It has all that was acknowledged before any of them asked; who asks once it has begun waits for the next. An error
        is told to all, and where one of them goes away, the others are told all the same.
        """
        task: asyncio.Task[FoundT] | None = self._to_begin.get(question)
        if task is None:
            task = asyncio.create_task(self._read_for_all(question, about, read))
            task.add_done_callback(_heard_of)
            self._to_begin[question] = task
        return await asyncio.shield(task)

    def stop(self) -> None:
        """Begin no more."""
        self._threads.shutdown(wait=False)

    async def _read_for_all(self, question: Hashable, about: Collection[str], read: Callable[[], FoundT]) -> FoundT:
        try:
            async with self._turn(about):
                del self._to_begin[question]
                return await self._in_a_thread(read)
        finally:
            if self._to_begin.get(question) is asyncio.current_task():  # it was ended before its turn came
                del self._to_begin[question]

    async def _in_a_thread(self, read: Callable[[], FoundT]) -> FoundT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    @asynccontextmanager
    async def _turn(self, about: Collection[str]) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            for name in sorted(set(about)):  # in one order, so that two never wait for each other
                turn = held.enter_context(self._wanted(name))
                await held.enter_async_context(turn.lock)
            yield

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


def _heard_of(task: asyncio.Task[Any]) -> None:
    """Its error is no news, even where everybody who asked has gone."""
    if not task.cancelled():
        task.exception()
