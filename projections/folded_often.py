"""A stream that is in memory, folded up to one position after another, in any order of the positions."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from domain.events import Recorded, as_known_at

STATE_KEPT_EVERY = 64
StateT = TypeVar("StateT")


class FoldedOften(Generic[StateT]):
    """What was known of it at a position costs at most `STATE_KEPT_EVERY` events; states on the way are kept.

    Where an operator acknowledged that the clock had been ahead, an event means something else before and after that, and
    each position is folded by itself.
    """

    def __init__(
        self,
        events: Sequence[Recorded],
        fold: Callable[[Iterable[Recorded]], StateT],
        evolve: Callable[[StateT, Recorded], StateT],
    ) -> None:
        self._events = events
        self._fold = fold
        self._evolve = evolve
        self._is_plain = not any(one.acknowledged for one in events)
        self._positions = [one.position for one in events]
        self._kept = [fold(())]

    def at(self, position: int) -> StateT:
        """The state after all events up to a position."""
        if not self._is_plain:
            return self._fold(as_known_at(self._events, position))
        count = bisect_right(self._positions, position)
        nth = min(count // STATE_KEPT_EVERY, len(self._kept) - 1)
        state = self._kept[nth]
        for at in range(nth * STATE_KEPT_EVERY, count):
            state = self._evolve(state, self._events[at])
            if at + 1 == len(self._kept) * STATE_KEPT_EVERY:
                self._kept.append(state)
        return state
