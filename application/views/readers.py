"""Who reads the views, and who waits for them: shut for the moment of a swap, told when they move."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from projections.store import ViewStore, ViewsUnusable
from projections.store_errors import first_line
from projections.views import ViewsSnapshot, snapshot

SWAP_WAIT_SECONDS_MAX = 30.0
# Each waits in a thread that others need, too: a few may wait for a process that is started again, the rest for a swap only.
WAIT_LONG_MAX = 2
CROWDED_WAIT_SECONDS_MAX = 0.25


class ReaderGate(Protocol):
    """Those who read the views, wherever they are."""

    def use(self, store: ViewStore | None) -> None:
        """Let this be read from now on; with None, nothing."""

    def shut(self) -> bool:
        """Let nobody begin to read, and wait for those who do; whether all have ended."""

    def open_again(self) -> None:
        """Go on with what was read before."""


class Readers:
    """Reads of one store. `use` opens it to readers, `shut` waits for them to end; a read meanwhile waits, too, as long as few do."""

    def __init__(self, trouble: Callable[[], str | None], damaged: Callable[[Exception], None]) -> None:
        self._trouble = trouble
        self._damaged = damaged
        self._store: ViewStore | None = None
        self._reading = 0
        self._waiting = 0
        self._is_shut = False
        self._state = Condition()

    @property
    def are_open(self) -> bool:
        """Whether there is something to read."""
        return self._store is not None

    def use(self, store: ViewStore | None) -> None:
        """Let this be read from now on; with None, nothing."""
        with self._state:
            self._store, self._is_shut = store, False
            self._state.notify_all()

    def shut(self) -> bool:
        """Let nobody begin to read, and wait for those who do; whether all have ended. `use` ends it, the wait as well."""
        with self._state:
            self._is_shut = True
            self._state.wait_for(lambda: self._reading == 0 or not self._is_shut, SWAP_WAIT_SECONDS_MAX)
            return self._reading == 0

    def open_again(self) -> None:
        """Go on with what was read before."""
        with self._state:
            self._is_shut = False
            self._state.notify_all()

    @contextmanager
    def reading(self) -> Iterator[ViewsSnapshot]:
        """Read the views: every query within sees the same moment. Raises `ViewsUnusable` where there are none yet."""
        with self._state:
            self._wait_until_open()
            store = self._store
            if store is None or self._is_shut:
                raise ViewsUnusable(self._trouble() or "the views are closed")
            self._reading += 1
        try:
            with snapshot(store) as taken:
                yield taken
        except SQLAlchemyError as error:
            self._damaged(error)
            raise ViewsUnusable(f"the views could not be read ({first_line(error)}); try again") from error
        finally:
            with self._state:
                self._reading -= 1
                self._state.notify_all()

    def _wait_until_open(self) -> None:
        patience = SWAP_WAIT_SECONDS_MAX if self._waiting < WAIT_LONG_MAX else CROWDED_WAIT_SECONDS_MAX
        self._waiting += 1
        try:
            self._state.wait_for(lambda: not self._is_shut, patience)
        finally:
            self._waiting -= 1


class Waiters:
    """Those who wait in event loops for the views to move."""

    def __init__(self, has_come_to: Callable[[int], bool]) -> None:
        self._has_come_to = has_come_to
        self._waiting: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []

    def add(self, moved: Callable[[], None]) -> None:
        """Call `moved` in this loop whenever the views have moved."""
        self._waiting.append((asyncio.get_running_loop(), moved))

    def tell(self) -> None:
        """The views have moved; from any thread."""
        for loop, moved in list(self._waiting):
            with suppress(RuntimeError):  # the loop closed, and nobody waits on it any more
                loop.call_soon_threadsafe(moved)

    async def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Wait until the views have come to a position; whether they have within the time."""
        if self._has_come_to(position):
            return True
        moved = asyncio.Event()
        waiter = (asyncio.get_running_loop(), moved.set)
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(timeout_seconds):
                while not self._has_come_to(position):
                    await moved.wait()
                    moved.clear()
        except TimeoutError:
            return self._has_come_to(position)
        finally:
            self._waiting.remove(waiter)
        return True
