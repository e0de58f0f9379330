"""A source of events and a view of them, for the tests of the follower."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from domain.account import AccountResumed
from domain.events import Recorded
from projections.follow import Follower
from tests.projections.recording import recorded

WAIT_SECONDS_MAX = 60.0


class Source:
    """A ledger in memory. `before_read` is run, in the reading thread, before each read, and may raise."""

    def __init__(self, events: int = 0) -> None:
        self.events: list[Recorded] = []
        self.reads: list[int] = []
        self.before_read: Callable[[], None] = lambda: None
        self.add(events)

    def add(self, events: int = 1, stream: str = "account:f") -> list[Recorded]:
        """Commit some; the batch as a listener is handed it."""
        first = len(self.events) + 1
        batch = [recorded(place, stream, AccountResumed()) for place in range(first, first + events)]
        self.events += batch
        return batch

    def read(self, after: int, events_max: int) -> list[Recorded]:
        found = self.events[after : after + events_max]
        self.reads.append(after)
        self.before_read()
        return found

    def end(self) -> int:
        return len(self.events)


class Taken:
    """A view that keeps the positions it was given; those in `poison` it cannot take in.

    Streams in `unread` it has to read, and first what is at the positions in `first`; `before_read` is run, in the reading thread, before each such read, and may raise.
    """

    def __init__(self) -> None:
        self.position = 0
        self.taken: list[int] = []
        self.poison: set[int] = set()
        self.unread: set[str] = set()
        self.first: set[int] = set()
        self.has_read = False
        self.before_read: Callable[[], None] = lambda: None

    def apply(self, one: Recorded) -> None:
        if one.position in self.poison:
            raise ValueError("poison")
        self.taken.append(one.position)
        self.position = max(self.position, one.position)

    def must_read(self, one: Recorded) -> bool:
        return one.stream in self.unread

    def must_read_first(self, one: Recorded) -> bool:
        return one.position in self.first

    def read(self, one: Recorded) -> int:
        self.before_read()
        return one.position

    def know(self, stream: str, found: int) -> None:
        self.has_read = True
        self.unread.discard(stream)
        self.first.discard(found)


def play(scene: Callable[[Follower, Source, Taken], Coroutine[Any, Any, None]], source: Source) -> None:
    async def run() -> None:
        view = Taken()
        follower = Follower(view, source.read, source.end)
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await scene(follower, source, view)
        finally:
            await follower.stop()
        assert sorted(view.taken) == list(range(1, view.position + 1))
        if not view.has_read:
            assert view.taken == sorted(view.taken)

    asyncio.run(run())
