"""How many rows each view has: to count them is to go through all of them, so that is not done for each who asks."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from projections.views import VERSIONS, ViewsSnapshot, rows_in

MOVED_SHARE = 100
"""They are counted anew once the views have moved on by a hundredth of what they had taken in."""


class Counted(Struct, frozen=True):
    """The rows of each view as they were at a position; `made_of` is whatever the tables were opened by."""

    position: int
    rows: Mapping[str, int]
    made_of: Any

    def holds(self, taken: ViewsSnapshot) -> bool:
        """Whether it says enough of the views as they are: of the same tables, little later."""
        moved = taken.position - self.position
        return self.made_of is taken.connection.engine and 0 <= moved <= self.position // MOVED_SHARE


class RowCounts:
    """The last count, from any thread. Views that were made anew, or that have moved on, are counted anew."""

    def __init__(self, count: Callable[[Connection, str], int] = rows_in) -> None:
        self._count = count
        self._last: Counted | None = None

    def of(self, taken: ViewsSnapshot) -> Counted:
        """How many rows each view has, or had a moment before."""
        last = self._last
        if last is None or not last.holds(taken):
            rows = {name: self._count(taken.connection, name) for name in VERSIONS}
            self._last = last = Counted(taken.position, rows, taken.connection.engine)
        return last
