"""The fold: from changes to figures, put away at every `CHECKPOINT_POSITIONS`th position."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from projections.campaign_summary.contributions import AT_ONCE, LEFT_OPEN
from projections.campaign_summary.counters import UNDER_WAY, Counters, counters_of, counters_text
from projections.campaign_summary.summed import Move, SummedChanges
from projections.campaign_summary.tables import CAMPAIGN, CHECKPOINT, OF_ALL, PACE
from projections.changes import CampaignChanged, ViewChange
from projections.row_writes import join_rows, put_rows

CHECKPOINT_POSITIONS = 1_000
Paces = dict[tuple[int, int], list[int]]


class SummaryFold:
    """Counts every campaign's figures along with the changes."""

    def __init__(self, counters: Mapping[int, Counters] | None = None, last_position: int = 0) -> None:
        self.counters = dict(counters or {})
        self.ids: dict[int, str] = {}
        self._under_way = sum(c.figures.get(UNDER_WAY, 0) for c in self.counters.values())
        self._changed = {n for n, c in self.counters.items() if checkpoint_from(c.changed_position) > last_position}
        self._next_due = checkpoint_from(last_position + 1)

    def write(self, connection: Connection, changes: Sequence[ViewChange], position: int) -> None:
        """The fold: from the changes up to `position` to rows, with a checkpoint of all that changed where one is due."""
        paces: Paces = {}
        summed, touched = SummedChanges(), set[int]()
        checkpoints: list[tuple[int, int, str]] = []
        for change in changes:
            if change.position > self._next_due:
                touched |= self.add(summed, paces)
                summed = SummedChanges()
                checkpoints += self._due(change.position)
                self._next_due = checkpoint_from(change.position)
            if type(change) is CampaignChanged:
                self.ids[change.after.number] = change.after.state.campaign_id
            summed.take(change)
        touched |= self.add(summed, paces)
        checkpoints += self._due(position + 1)
        put_rows(connection, CHECKPOINT, checkpoints)
        put_rows(
            connection,
            CAMPAIGN,
            [
                (number, self.ids[number], self.counters[number].changed_position, counters_text(self.counters[number]))
                for number in sorted(touched)
            ],
        )
        _add_paces(connection, paces)

    def _due(self, position: int) -> Iterator[tuple[int, int, str]]:
        """The checkpoints that a change at `position` would come after: one for each thousand in which a campaign changed."""
        for number in sorted(self._changed):
            boundary = checkpoint_from(self.counters[number].changed_position)
            if boundary < position:
                self._changed.discard(number)
                yield number, boundary, counters_text(self.counters[number])

    def add(self, summed: SummedChanges, paces: Paces) -> set[int]:
        """Count what is tallied; the numbers of the campaigns that it touched."""
        for number, position in summed.changed.items():
            self.counters.setdefault(number, Counters()).changed_position = position
        self._take_moves(summed, paces)
        for (number, name), by in summed.added.items():
            self.counters[number].add(name, by)
        for (number, name), figure in summed.greatest.items():
            self.counters[number].raise_to(name, figure)
        self._changed |= summed.changed.keys()
        return set(summed.changed)

    def _take_moves(self, summed: SummedChanges, paces: Paces) -> None:
        """Before what is tallied is counted: `under_way` is as it was before."""
        if summed.moves:
            under_way = {number: counters.figures.get(UNDER_WAY, 0) for number, counters in self.counters.items()}
            under_way[OF_ALL] = self._under_way
            take_moves(paces, under_way, summed.moves)
            self._under_way = under_way[OF_ALL]


def take_moves(paces: Paces, under_way: dict[int, int], moves: Iterable[Move]) -> None:
    """Count moves in their minutes, in the ledger's order; `under_way` are the calls of each campaign, and of all, meanwhile."""
    for _, number, minute, column, opened in moves:
        for whose in (number, OF_ALL):
            now = under_way[whose] = under_way.get(whose, 0) + opened
            _move(paces, (whose, minute), column, now, opened)


def _move(paces: Paces, key: tuple[int, int], column: int, under_way: int, opened: int) -> None:
    """Count one move in its minute, after which so many calls are under way, `opened` of them by it."""
    pace = paces.get(key)
    if pace is None:
        pace = paces[key] = [0, 0, 0, 0, 0]
    if column != AT_ONCE:
        pace[column] += 1
    pace[AT_ONCE] = max(pace[AT_ONCE], under_way, under_way - opened)
    pace[LEFT_OPEN] = under_way


def checkpoint_from(position: int) -> int:
    """The first position, this one or a later one, at which figures are put away."""
    return -(-position // CHECKPOINT_POSITIONS) * CHECKPOINT_POSITIONS


def checkpoint_up_to(position: int) -> int:
    """The last position, this one or an earlier one, at which figures are put away."""
    return position // CHECKPOINT_POSITIONS * CHECKPOINT_POSITIONS


def _add_paces(connection: Connection, paces: Paces) -> None:
    rows = [(*key, *pace) for key, pace in sorted(paces.items())]
    join_rows(connection, PACE, rows)


def load(connection: Connection, position: int) -> SummaryFold:
    """The fold as it was left at a position."""
    rows = connection.execute(select(CAMPAIGN)).all()
    fold = SummaryFold({row.campaign: counters_of(row) for row in rows}, position)
    fold.ids = {row.campaign: row.campaign_id for row in rows}
    return fold
