"""How the writer's thread wakes those who asked for something to be written: threads, and tasks of event loops."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress

from adapters.ledger.ticket import CommandOutcome, Waker


class Wakers:
    """One for each event loop, so that all of a commit are woken together."""

    def __init__(self) -> None:
        self._wakers: dict[asyncio.AbstractEventLoop, Waker] = {}

    def of(self, loop: asyncio.AbstractEventLoop) -> Waker:
        """Wakes futures of this loop."""
        waker = self._wakers.get(loop)
        if waker is None:

            def waker(woken: Sequence[tuple[asyncio.Future[CommandOutcome], CommandOutcome]]) -> None:
                with suppress(RuntimeError):  # the loop closed, and nobody waits on it any more
                    loop.call_soon_threadsafe(_wake_tasks, woken)

            self._wakers = {known: w for known, w in self._wakers.items() if not known.is_closed()} | {loop: waker}
        return waker


def wake_threads(woken: Sequence[tuple[Future[CommandOutcome], CommandOutcome]]) -> None:
    """Wakes threads."""
    for done, outcome in woken:
        done.set_result(outcome)


def _wake_tasks(woken: Sequence[tuple[asyncio.Future[CommandOutcome], CommandOutcome]]) -> None:
    for done, outcome in woken:
        if not done.done():
            done.set_result(outcome)
