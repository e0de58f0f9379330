"""The slots of calls at once that one campaign holds, counted without looking at each."""

from bisect import bisect_left, bisect_right, insort
from datetime import datetime, timedelta

SLOT_HELD_MAX = timedelta(hours=2)


class HeldSlots:
    """Since when each attempt holds one. What is asked takes no longer where there are many."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._in_order: list[datetime] = []

    def __len__(self) -> int:
        return len(self._since)

    def take(self, attempt_id: str, since: datetime) -> None:
        """An attempt holds a slot since then."""
        if self._since.get(attempt_id) != since:
            self.give_back(attempt_id)
            self._since[attempt_id] = since
            insort(self._in_order, since)

    def give_back(self, attempt_id: str) -> None:
        """It holds none, or none any more."""
        since = self._since.pop(attempt_id, None)
        if since is not None:
            del self._in_order[bisect_left(self._in_order, since)]

    def count(self, now: datetime) -> int:
        """How many are held, those not counted that have been for too long to believe."""
        return len(self._in_order) - bisect_right(self._in_order, now - SLOT_HELD_MAX)

    def counts(self, attempt_id: str, now: datetime) -> bool:
        """Whether one attempt's is among them."""
        since = self._since.get(attempt_id)
        return since is not None and now - since < SLOT_HELD_MAX
