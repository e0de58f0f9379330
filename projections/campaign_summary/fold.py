"""The fold: from changes to figures, put away at every `CHECKPOINT_POSITIONS`th position."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from projections.campaign_summary.contributions import (
    AT_ONCE,
    CONTRIBUTIONS,
    GREATEST,
    LEFT_OPEN,
    MOVES,
    opened_by,
)
from projections.campaign_summary.counters import UNDER_WAY, Counters, counters_of, counters_text
from projections.campaign_summary.tables import CAMPAIGN, CHECKPOINT, MINUTE_MICROS, OF_ALL, PACE
from projections.changes import CampaignChanged, ViewChange
from projections.store import micros, put_rows

CHECKPOINT_POSITIONS = 1_000
_Paces = dict[tuple[int, int], list[int]]


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
        paces: _Paces = {}
        touched: set[int] = set()
        checkpoints: list[tuple[int, int, str]] = []
        for change in changes:
            if change.position > self._next_due:
                checkpoints += self._due(change.position)
                self._next_due = checkpoint_from(change.position)
            touched |= self.take(change, paces)
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

    def take(self, change: ViewChange, paces: _Paces | None = None) -> set[int]:
        """Count one change; the numbers of the campaigns that it touched."""
        kind = type(change)
        if kind is CampaignChanged:
            self.ids[change.after.number] = change.after.state.campaign_id  # type: ignore[attr-defined]
        touched: set[int] = set()
        for number, name, by in CONTRIBUTIONS[kind](change):
            counters = self.counters.get(number)
            if counters is None:
                counters = self.counters[number] = Counters()
            if name in GREATEST:
                counters.raise_to(name, by)
            else:
                counters.add(name, by)
            if name == UNDER_WAY:
                self._under_way += by
            if number not in touched:
                counters.changed_position = change.position
                touched.add(number)
        self._changed |= touched
        if paces is not None and kind in MOVES:
            for number, column in MOVES[kind](change):
                under_way = self.counters[number].figures.get(UNDER_WAY, 0)
                self._move(paces, number, column, change, under_way)
                self._move(paces, OF_ALL, column, change, self._under_way)
        return touched

    @staticmethod
    def _move(paces: _Paces, number: int, column: int, change: ViewChange, under_way: int) -> None:
        """Count one move in its minute, after which so many calls are under way."""
        pace = paces.setdefault((number, micros(change.at) // MINUTE_MICROS), [0, 0, 0, 0, 0])
        if column != AT_ONCE:
            pace[column] += 1
        pace[AT_ONCE] = max(pace[AT_ONCE], under_way, under_way - opened_by(change))
        pace[LEFT_OPEN] = under_way


def checkpoint_from(position: int) -> int:
    """The first position, this one or a later one, at which figures are put away."""
    return -(-position // CHECKPOINT_POSITIONS) * CHECKPOINT_POSITIONS


def checkpoint_up_to(position: int) -> int:
    """The last position, this one or an earlier one, at which figures are put away."""
    return position // CHECKPOINT_POSITIONS * CHECKPOINT_POSITIONS


def _add_paces(connection: Connection, paces: _Paces) -> None:
    rows = []
    for (number, minute), added in paces.items():
        query = select(PACE).where(PACE.c.campaign == number, PACE.c.minute == minute)
        known = connection.execute(query).one_or_none()
        moved, at_once, left_open = added[:AT_ONCE], added[AT_ONCE], added[LEFT_OPEN]
        if known is not None:
            moved = [was + more for was, more in zip((known.sent, known.answered, known.ended), moved, strict=True)]
            at_once = max(at_once, known.at_once)
        rows.append((number, minute, *moved, at_once, left_open))
    put_rows(connection, PACE, rows)


def load(connection: Connection, position: int) -> SummaryFold:
    """The fold as it was left at a position."""
    rows = connection.execute(select(CAMPAIGN)).all()
    fold = SummaryFold({row.campaign: counters_of(row) for row in rows}, position)
    fold.ids = {row.campaign: row.campaign_id for row in rows}
    return fold
