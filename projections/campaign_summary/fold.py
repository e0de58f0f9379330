"""The fold: from changes to figures, put away at every `CHECKPOINT_POSITIONS`th position."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from projections.campaign_summary.contributions import CONTRIBUTIONS, GREATEST, MOVES
from projections.campaign_summary.counters import Counters, counters_of, counters_text
from projections.campaign_summary.tables import CAMPAIGN, CHECKPOINT, MINUTE_MICROS, PACE
from projections.changes import CampaignChanged, ViewChange
from projections.store import micros, put_rows

CHECKPOINT_POSITIONS = 1_000
_Paces = dict[tuple[int, int], list[int]]


class SummaryFold:
    """Counts every campaign's figures along with the changes."""

    def __init__(self, counters: Mapping[int, Counters] | None = None, last_position: int = 0) -> None:
        self.counters = dict(counters or {})
        self.ids: dict[int, str] = {}
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
            if number not in touched:
                counters.changed_position = change.position
                touched.add(number)
        self._changed |= touched
        if paces is not None and kind in MOVES:
            for number, column in MOVES[kind](change):
                minute = micros(change.at) // MINUTE_MICROS
                paces.setdefault((number, minute), [0, 0, 0])[column] += 1
        return touched


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
        before = (0, 0, 0) if known is None else (known.sent, known.answered, known.ended)
        rows.append((number, minute, *(was + more for was, more in zip(before, added, strict=True))))
    put_rows(connection, PACE, rows)


def load(connection: Connection, position: int) -> SummaryFold:
    """The fold as it was left at a position."""
    rows = connection.execute(select(CAMPAIGN)).all()
    fold = SummaryFold({row.campaign: counters_of(row) for row in rows}, position)
    fold.ids = {row.campaign: row.campaign_id for row in rows}
    return fold
