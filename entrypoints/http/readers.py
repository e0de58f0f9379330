"""Threads in which answers are read: what one turn of the event loop asks goes to one of them together, and comes back together."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any, TypeVar, cast

READERS_MAX = 6
LOOK_SECONDS = 0.01
AnswerT = TypeVar("AnswerT")


class AskedRead:
    """One read: what is read, and who waits for it."""

    __slots__ = ("answer", "asked_by", "context", "error", "given", "read")

    def __init__(
        self, asked_by: asyncio.Future[Any], context: Context, read: Callable[..., Any], given: tuple[Any, ...]
    ) -> None:
        self.asked_by = asked_by
        self.context = context
        self.read = read
        self.given = given
        self.answer: Any = None
        self.error: Exception | None = None

    def answer_it(self) -> None:
        """Read it. What that raises is for whoever asked."""
        try:
            self.answer = self.context.run(self.read, *self.given)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told to whoever asked
            self.error = error

    def tell(self) -> None:
        """Wake whoever asked, if they still wait."""
        if self.asked_by.done():
            return
        if self.error is None:
            self.asked_by.set_result(self.answer)
        else:
            self.asked_by.set_exception(self.error)


class AnswerReaders:
    """At most READERS_MAX threads, for one event loop.

    A hand-over for each read costs more than the read: the loop's thread and the reader's wake each other, and take turns.
    So one thread gets all that a turn of the loop asked. If it is not done after LOOK_SECONDS, another one takes what
    is left, so that a long read holds up no short one for longer.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="dialtrail-reads")
        self._asked: deque[AskedRead] = deque()
        self._answered: deque[AskedRead] = deque()
        self._open = 0
        self._hands_over = self._looks = False

    async def read(self, read: Callable[..., AnswerT], *given: Any) -> AnswerT:
        """What a read answers, made in a thread."""
        loop = asyncio.get_running_loop()
        one = AskedRead(loop.create_future(), copy_context(), read, given)
        self._asked.append(one)
        self._open += 1
        if not self._hands_over:
            self._hands_over = True
            loop.call_soon(self._hand_over, loop)
        return cast("AnswerT", await one.asked_by)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        self._hands_over = False
        self._threads.submit(self._answer, loop)
        if not self._looks:
            self._looks = True
            loop.call_later(LOOK_SECONDS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell what is read by now; what nobody has begun to read goes to another thread."""
        self._tell()
        self._looks = self._open > 0
        if self._asked:
            self._threads.submit(self._answer, loop)
        if self._looks:
            loop.call_later(LOOK_SECONDS, self._look, loop)

    def _answer(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: read what is asked, until there is nothing more."""
        while True:
            try:
                one = self._asked.popleft()
            except IndexError:
                break
            one.answer_it()
            self._answered.append(one)
        with suppress(RuntimeError):  # the loop closed, and nobody waits in it any more
            loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        while self._answered:
            self._open -= 1
            self._answered.popleft().tell()
