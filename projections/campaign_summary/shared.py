"""The figures of a share, and of all shares together: what was counted is added up, what hangs on the order is done at the end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Any

import msgspec
from sqlalchemy import Connection

from projections.campaign_summary.contributions import CREATED, GREATEST
from projections.campaign_summary.counters import Counters, counters_text
from projections.campaign_summary.fold import Paces, SummaryFold, checkpoint_from, take_moves
from projections.campaign_summary.summed import Move, SummedChanges
from projections.changes import ViewChange
from projections.storable import Row

MOVES = "campaign_moves"
MAKE_MOVES = f"CREATE TABLE {MOVES} (position INTEGER, campaign INTEGER, minute INTEGER, moved INTEGER, opened INTEGER)"
_PUT_MOVES = f"INSERT INTO {MOVES} VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_SAME_IN_ALL = frozenset({CREATED, *GREATEST})
Kept = Mapping[int, Sequence[tuple[int, Mapping[str, int]]]]
"""Of each campaign by number its figures at some positions, in order."""


class SummaryShare(SummaryFold):
    """Counts a share of the changes. The most calls at once hang on all shares: what moved is put down instead."""

    def __init__(self) -> None:
        super().__init__()
        self._moved: list[Move] = []

    def write(self, connection: Connection, changes: Sequence[ViewChange], position: int) -> None:
        """As the fold of all, with what moved in a table of its own."""
        super().write(connection, changes, position)
        if self._moved:
            connection.exec_driver_sql(_PUT_MOVES, self._moved)
            self._moved = []

    def _take_moves(self, summed: SummedChanges, _: Paces) -> None:
        self._moved += summed.moves


def added_up(parts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The figures of all parts together."""
    counters = Counters()
    for part in parts:
        for name, figure in part.items():
            if name in _SAME_IN_ALL:
                counters.raise_to(name, figure)
            else:
                counters.add(name, figure)
    return counters.figures


def checkpoints_of_all(parts: Sequence[Kept]) -> Iterator[Row]:
    """The checkpoints of all parts together: at each position where any of them has one, what each had come to by then."""
    for campaign in sorted({number for part in parts for number in part}):
        kept = [part.get(campaign, ()) for part in parts]
        reached: list[Mapping[str, int]] = [{} for _ in kept]
        after = [0] * len(kept)
        for position in sorted({position for one in kept for position, _ in one}):
            for place, one in enumerate(kept):
                while after[place] < len(one) and one[after[place]][0] <= position:
                    reached[place] = one[after[place]][1]
                    after[place] += 1
            yield campaign, position, counters_text(Counters(added_up(reached)))


def kept_of(checkpoints: Iterable[Row], campaigns: Iterable[Row], up_to: int) -> Kept:
    """A part's checkpoints by campaign, with those that are due by the end, which the part itself could not know of."""
    found: dict[int, list[tuple[int, Mapping[str, int]]]] = {}
    for number, position, text in checkpoints:
        found.setdefault(number, []).append((position, _figures(text)))
    for number, _, changed_position, text in campaigns:
        kept, due = found.setdefault(number, []), checkpoint_from(changed_position)
        if due <= up_to and (not kept or kept[-1][0] < due):
            kept.append((due, _figures(text)))
    return found


def campaigns_of_all(parts: Sequence[Iterable[Row]]) -> list[Row]:
    """The campaigns' rows of all parts together."""
    found: dict[int, list[Row]] = {}
    for part in parts:
        for row in part:
            found.setdefault(row[0], []).append(row)
    return [
        (
            number,
            rows[0][1],
            max(row[2] for row in rows),
            counters_text(Counters(added_up([_figures(row[3]) for row in rows]))),
        )
        for number, rows in sorted(found.items())
    ]


def paces_of_all(parts: Sequence[Iterable[Move]]) -> list[Row]:
    """The pace by the minute, from what moved in each part, in the order of its positions."""
    paces: Paces = {}
    under_way: dict[int, int] = {}
    take_moves(paces, under_way, merge(*parts, key=_position_of))
    return [(*key, *pace) for key, pace in sorted(paces.items())]


def _position_of(move: Any) -> int:
    return int(move[0])


def _figures(text: str) -> Mapping[str, int]:
    return msgspec.json.decode(text, type=dict[str, int])
