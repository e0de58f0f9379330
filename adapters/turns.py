"""How a part that works by itself gets its turns: it says when it rests, and whoever drives it says how.

Its work is a generator, which yields a `Rest` wherever it has nothing to do. In a process each has a thread of its own;
on a machine where time is simulated the same work is stepped, one turn after another.
"""

from collections.abc import Callable, Generator
from threading import Event, Thread
from typing import NamedTuple, Protocol


class Bell(Protocol):
    """Ends a rest, from any thread. It stays rung until it is cleared."""

    def set(self) -> None:
        """Ring it."""

    def clear(self) -> None:
        """What it was rung for is seen to."""

    def is_set(self) -> bool:
        """Whether it is rung."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is rung, or so many seconds are over; whether it is rung."""


class Rest(NamedTuple):
    """Until the bell rings, or so many seconds are over; None: until it rings. What was yielded to is sent whether it rang."""

    bell: Bell
    seconds: float | None


Work = Generator[Rest, bool, None]


class Working(Protocol):
    """Work that was begun."""

    def is_alive(self) -> bool:
        """Whether it may still take a turn."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, which it was told to by its own bell, or so many seconds are over."""


class WorkDriver(Protocol):
    """Drives the work of several parts."""

    def bell(self) -> Bell:
        """A new bell, for work that is driven here."""

    def begin(self, work: Callable[[], Work], name: str) -> Working:
        """Begin to work; the name is for people."""


class InThreads:
    """Each part has a thread of its own, which ends with the process."""

    def bell(self) -> Bell:
        """What threads wait for."""
        return Event()

    def begin(self, work: Callable[[], Work], name: str) -> Working:
        """In a new thread."""
        thread = Thread(target=_work, args=(work,), name=name, daemon=True)
        thread.start()
        return thread


def _work(work: Callable[[], Work]) -> None:
    turns, rung = work(), None
    while True:
        try:
            rest = next(turns) if rung is None else turns.send(rung)
        except StopIteration:
            return
        rung = rest.bell.wait(rest.seconds)


IN_THREADS = InThreads()
