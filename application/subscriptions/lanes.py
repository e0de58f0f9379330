"""In which order letters go out: within a lane one after the other, and lanes do not wait for each other."""

import heapq
from collections import deque
from collections.abc import Collection, Iterator
from datetime import datetime

from adapters.outbox_rows import Letter


class Lanes:
    """Letters that are not settled. Of each lane only the first is sent, and no other before that is settled."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Letter]] = {}
        self._ready: deque[str] = deque()
        self._sleeping: list[tuple[datetime, int, str]] = []
        self._slept = 0
        self._letters = 0

    def __len__(self) -> int:
        return self._letters

    def __iter__(self) -> Iterator[Letter]:
        return (letter for lane in self._lanes.values() for letter in lane)

    def lane(self, name: str) -> deque[Letter]:
        """The letters of a lane, in their order."""
        return self._lanes.get(name, deque())

    def add(self, letter: Letter) -> None:
        """One more at the end of its lane."""
        lane = self._lanes.setdefault(letter.lane, deque())
        lane.append(letter)
        self._letters += 1
        if len(lane) == 1:
            self._wake_or_sleep(letter)

    def take(self, now: datetime, rather_not: Collection[str] = ()) -> Letter | None:
        """The next to be sent; None where none is due. It stays the first of its lane until `settle` or `put_off`.

        What waited for its time goes before what was never tried, so that it is known in time when nothing is taken. Of
        the few lanes that are `rather_not` to be asked one is taken only where no other is due.
        """
        while self._sleeping and self._sleeping[0][0] <= now:
            self._ready.appendleft(heapq.heappop(self._sleeping)[2])
        if not self._ready:
            return None
        lane = next((one for one in self._ready if one not in rather_not), self._ready[0])
        self._ready.remove(lane)
        return self._lanes[lane][0]

    def settle(self, letter: Letter) -> None:
        """It was delivered or given up: the next one of its lane may go."""
        lane = self._lanes[letter.lane]
        lane.popleft()
        self._letters -= 1
        if lane:
            self._wake_or_sleep(lane[0])
        else:
            del self._lanes[letter.lane]

    def put_off(self, letter: Letter) -> None:
        """It failed, and waits until its `next_at`, and its lane with it."""
        self._wake_or_sleep(letter)

    @property
    def next_at(self) -> datetime | None:
        """When the next one is due that waits for its time."""
        return self._sleeping[0][0] if self._sleeping else None

    @property
    def is_ready(self) -> bool:
        """Whether one may be sent without waiting for a time."""
        return bool(self._ready)

    def _wake_or_sleep(self, letter: Letter) -> None:
        if letter.next_at is None:
            self._ready.append(letter.lane)
        else:
            self._slept += 1
            heapq.heappush(self._sleeping, (letter.next_at, self._slept, letter.lane))
