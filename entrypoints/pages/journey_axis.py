"""Where instants stand on one line: to scale, but for long stretches in which nothing happened, where the line is broken."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

MARGIN = 2.0
SHOWN = 100 - 2 * MARGIN
GAP_MIN = timedelta(minutes=2)
GAP_SHARE_MIN = 0.5
BREAKS_MAX = 3
BREAK_WIDTH = 6.0
PIECE_SHARE_MIN = 0.12
TICKS = 5


class Piece(Struct, frozen=True):
    """A stretch that is drawn to scale, from its place to its end in per cent of the width."""

    first: datetime
    last: datetime
    begin: float
    end: float

    def place(self, at: datetime) -> float:
        """Where an instant of it stands."""
        length = (self.last - self.first).total_seconds()
        share = (at - self.first).total_seconds() / length if length else 0.0
        return round(self.begin + share * (self.end - self.begin), 3)


class JourneyAxis(Struct, frozen=True):
    """The pieces, in order."""

    pieces: list[Piece]

    @property
    def first(self) -> datetime:
        """The first instant."""
        return self.pieces[0].first

    @property
    def last(self) -> datetime:
        """The last instant."""
        return self.pieces[-1].last

    @property
    def breaks(self) -> list[tuple[float, float]]:
        """Where the line is broken, and how many seconds are left out."""
        pairs = zip(self.pieces, self.pieces[1:], strict=False)
        return [(round((a.end + b.begin) / 2, 3), (b.first - a.last).total_seconds()) for a, b in pairs]

    def place(self, at: datetime) -> float:
        """Where an instant stands that the axis was made of."""
        return next(one for one in reversed(self.pieces) if one.first <= at).place(at)

    def ticks(self) -> list[tuple[float, float]]:
        """Places with their seconds since the first instant: several on the longest piece, one on each other."""
        widest = max(self.pieces, key=lambda one: one.end - one.begin)
        count = TICKS - len(self.pieces) + 1
        found = []
        for one in self.pieces:
            is_long = one is widest and one.first < one.last
            shares = [nth / (count - 1) for nth in range(count)] if is_long else [0.0]
            began = (one.first - self.first).total_seconds()
            length = (one.last - one.first).total_seconds()
            found += [(round(one.begin + s * (one.end - one.begin), 3), began + s * length) for s in shares]
        return found


def axis_of(times: Sequence[datetime]) -> JourneyAxis:
    """The axis that all of them fit on; at least one.

    A gap is left out where it is long both by itself and against all else that there is to show; at most `BREAKS_MAX`.
    """
    ordered = sorted(set(times))
    gaps = sorted(((b - a, a) for a, b in itertools.pairwise(ordered)), reverse=True)
    rest = ordered[-1] - ordered[0]
    broken_after = set()
    for gap, begin in gaps[:BREAKS_MAX]:
        if gap < GAP_MIN or gap < rest * GAP_SHARE_MIN:
            break
        broken_after.add(begin)
        rest -= gap
    return JourneyAxis(_laid_out(_stretches(ordered, broken_after)))


def _stretches(ordered: Sequence[datetime], broken_after: set[datetime]) -> list[tuple[datetime, datetime]]:
    found, first = [], ordered[0]
    for at, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is None or at in broken_after:
            found.append((first, at))
            first = following or at
    return found


def _laid_out(stretches: Sequence[tuple[datetime, datetime]]) -> list[Piece]:
    lengths = [(last - first).total_seconds() for first, last in stretches]
    total = sum(lengths) or 1.0
    shares = [max(length / total, PIECE_SHARE_MIN) for length in lengths]
    width = (SHOWN - BREAK_WIDTH * (len(stretches) - 1)) / sum(shares)
    pieces, begin = [], MARGIN
    for (first, last), share in zip(stretches, shares, strict=True):
        pieces.append(Piece(first, last, round(begin, 3), round(begin + share * width, 3)))
        begin += share * width + BREAK_WIDTH
    return pieces
