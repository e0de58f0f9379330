"""What some changes add to the campaigns' figures, summed; and what moved, in the ledger's order."""

from projections.campaign_summary.contributions import AT_ONCE, CONTRIBUTIONS, GREATEST, MOVES, opened_by
from projections.campaign_summary.tables import MINUTE_MICROS
from projections.changes import ViewChange
from projections.store import micros

Figure = tuple[int, str]
"""A campaign's number, and one of its figures by our own name."""
Move = tuple[int, int, int, int, int]
"""Position, campaign's number, minute, column of the pace, and how many calls more are under way with it."""


class SummedChanges:
    """`added` is by how much each figure is more, `greatest` what it is at least, `changed` where each campaign changed last."""

    __slots__ = ("added", "changed", "greatest", "moves")

    def __init__(self) -> None:
        self.added: dict[Figure, int] = {}
        self.greatest: dict[Figure, int] = {}
        self.changed: dict[int, int] = {}
        self.moves: list[Move] = []

    def take(self, change: ViewChange) -> None:
        """Count one change."""
        kind, position, added = type(change), change.position, self.added
        for number, name, by in CONTRIBUTIONS[kind](change):
            self.changed[number] = position
            key = (number, name)
            if name in GREATEST:
                self.greatest[key] = max(by, self.greatest.get(key, by))
            else:
                added[key] = added.get(key, 0) + by
        if kind in MOVES and (moves := MOVES[kind](change)):
            minute = micros(change.at) // MINUTE_MICROS
            for number, column in moves:
                self.moves.append((position, number, minute, column, opened_by(change) if column == AT_ONCE else 0))
