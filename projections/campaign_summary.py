"""What a campaign has come to: its funnel, its attempts and error codes, its calls and how long they were, its pace.

Counted along with the changes, and put away at every `CHECKPOINT_POSITIONS`th position: a moment of the past is the last
checkpoint before it with the changes since.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, select

from domain.recipient.state import AttemptPhase
from domain.status import STATUSES, Status
from projections.changes import (
    AttemptChanged,
    CallChanged,
    CallFold,
    CampaignChanged,
    EnrollmentAdded,
    RecipientChanged,
    Standing,
    ViewChange,
)
from projections.store import METADATA, instant, micros, put_rows

NAME = "campaign_summary"
VERSION = 2
CHECKPOINT_POSITIONS = 1_000
PACE_MINUTES_MAX = 60
MINUTE_MICROS = 60_000_000
QUEUED = "status:queued"
PHASES: tuple[AttemptPhase, ...] = get_args(AttemptPhase)
CallEnd = Literal["completed", "failed", "canceled", "open"]
CALL_ENDS: tuple[CallEnd, ...] = get_args(CallEnd)

CAMPAIGN = Table(
    "campaign_summary",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign_id", Text, nullable=False, unique=True),
    Column("changed_position", BigInteger, nullable=False),
    Column("counters", Text, nullable=False),
)
CHECKPOINT = Table(
    "campaign_summary_checkpoint",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("counters", Text, nullable=False),
    sqlite_with_rowid=False,
)
PACE = Table(
    "campaign_pace",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("sent", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
    sqlite_with_rowid=False,
)
_GREATEST_OF: Mapping[str, str] = {f"ms:{end}": f"ms_max:{end}" for end in CALL_ENDS}
_GREATEST = frozenset(_GREATEST_OF.values())
_Paces = dict[tuple[int, int], list[int]]


class Calls(Struct, frozen=True, kw_only=True):
    """Calls that ended one way: how many, and how long (seconds from answer to end) together and at most."""

    calls: int
    seconds_total: float
    seconds_max: float


class PaceMinute(Struct, frozen=True, kw_only=True):
    """What was recorded within one minute (UTC): requests that left, calls answered, calls ended."""

    minute: datetime
    sent: int
    answered: int
    ended: int


class CampaignSummary(Struct, frozen=True, kw_only=True):
    """A campaign's figures. `statuses` leaves out those whose status time alone may change; they are in `timed`.

    `zones` are the zone keys of all enrolled, `queued_zones` how many of the queued have each.
    """

    enrolled: int
    dialled: int
    statuses: Mapping[Status, int]
    queued_zones: Mapping[str, int]
    zones: frozenset[str]
    attempts: Mapping[AttemptPhase, int]
    codes: Mapping[str, int]
    calls: Mapping[CallEnd, Calls]


class Counters:
    """A campaign's figures as they are counted: names of our own making, each with a whole number."""

    __slots__ = ("changed_position", "figures")

    def __init__(self, figures: Mapping[str, int] | None = None, changed_position: int = 0) -> None:
        self.figures = dict(figures or {})
        self.changed_position = changed_position

    def add(self, name: str, by: int) -> None:
        """Count; a figure that comes to nothing is not kept."""
        figure = self.figures.get(name, 0) + by
        if figure:
            self.figures[name] = figure
        else:
            self.figures.pop(name, None)

    def raise_to(self, name: str, figure: int) -> None:
        """Keep the greatest."""
        if figure > self.figures.get(name, 0):
            self.figures[name] = figure

    def summary(self) -> CampaignSummary:
        """As figures with their proper names."""
        get = self.figures.get
        return CampaignSummary(
            enrolled=get("enrolled", 0),
            dialled=get("dialled", 0),
            statuses={status: get(f"status:{status}", 0) for status in STATUSES},
            queued_zones={n[5:]: figure for n, figure in self.figures.items() if n.startswith("zone:")},
            zones=frozenset(n[12:] for n in self.figures if n.startswith("enrolled_in:")),
            attempts={phase: get(f"attempt:{phase}", 0) for phase in PHASES},
            codes={n.partition(":")[2]: figure for n, figure in sorted(self.figures.items()) if n.startswith("code:")},
            calls={
                end: Calls(
                    calls=get(f"calls:{end}", 0),
                    seconds_total=get(f"ms:{end}", 0) / 1_000,
                    seconds_max=get(f"ms_max:{end}", 0) / 1_000,
                )
                for end in CALL_ENDS
            },
        )


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
                (number, self.ids[number], self.counters[number].changed_position, _text(self.counters[number]))
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
                yield number, boundary, _text(self.counters[number])

    def take(self, change: ViewChange, paces: _Paces | None = None) -> set[int]:
        """Count one change; the numbers of the campaigns that it touched."""
        kind = type(change)
        if kind is CampaignChanged:
            self.ids[change.after.number] = change.after.state.campaign_id  # type: ignore[attr-defined]
        touched: set[int] = set()
        for number, name, by in _CONTRIBUTIONS[kind](change):
            counters = self.counters.get(number)
            if counters is None:
                counters = self.counters[number] = Counters()
            if name in _GREATEST:
                counters.raise_to(name, by)
            else:
                counters.add(name, by)
            if number not in touched:
                counters.changed_position = change.position
                touched.add(number)
        self._changed |= touched
        if paces is not None and kind in _MOVES:
            for number, column in _MOVES[kind](change):
                minute = micros(change.at) // MINUTE_MICROS
                paces.setdefault((number, minute), [0, 0, 0])[column] += 1
        return touched


def checkpoint_from(position: int) -> int:
    """The first position, this one or a later one, at which figures are put away."""
    return -(-position // CHECKPOINT_POSITIONS) * CHECKPOINT_POSITIONS


def checkpoint_up_to(position: int) -> int:
    """The last position, this one or an earlier one, at which figures are put away."""
    return position // CHECKPOINT_POSITIONS * CHECKPOINT_POSITIONS


def _of_standings(change: RecipientChanged) -> Sequence[tuple[int, str, int]]:
    number = change.campaign
    before = "" if change.before is None else _figure_of(change.before)
    after = _figure_of(change.after)
    if before == after:
        return ()
    found = [(number, after, 1)]
    if before:
        found.append((number, before, -1))
    if QUEUED in (before, after):
        found.append((number, f"zone:{change.zone_key}", 1 if after == QUEUED else -1))
    return found


def _figure_of(standing: Standing) -> str:
    return f"status:{standing.status}" if standing.then is None else "timed"


def _of_attempt(change: AttemptChanged) -> Sequence[tuple[int, str, int]]:
    number = change.campaign
    found = [(number, "dialled", 1)] if change.is_first else []
    if change.before is not change.after:
        for attempt, by in ((change.before, -1), (change.after, 1)):
            if attempt is not None:
                found.append((number, f"attempt:{attempt.phase}", by))
                if attempt.code is not None:
                    found.append((number, f"code:{attempt.code}", by))
    return found


def _of_call_change(change: CallChanged) -> Sequence[tuple[int, str, int]]:
    before_number, number = change.before_campaign, change.campaign
    before = () if change.before is None or before_number is None else _of_call(change.before)
    after = () if number is None else _of_call(change.after)
    if before == after and before_number == number:
        return ()
    found = [(before_number, name, -by) for name, by in before if before_number is not None]
    for name, by in after:
        if number is not None:
            found.append((number, name, by))
            if name in _GREATEST_OF:
                found.append((number, _GREATEST_OF[name], by))
    return found


def _of_call(fold: CallFold) -> tuple[tuple[str, int], ...]:
    state, end = fold.state, fold.outcome or "open"
    counted = (f"calls:{end}", 1)
    if fold.outcome is None or state.answered_at is None:
        return (counted,)
    ended_at = state.ended_at
    if ended_at is None or ended_at <= state.answered_at:
        return (counted,)
    return counted, (f"ms:{end}", (ended_at - state.answered_at) // timedelta(milliseconds=1))


def _moves_of_attempt(change: AttemptChanged) -> Sequence[tuple[int, int]]:
    return ((change.campaign, 0),) if change.was_sent else ()


def _moves_of_call(change: CallChanged) -> Sequence[tuple[int, int]]:
    number, after = change.campaign, change.after
    if number is None or not (after.state.answered or after.outcome):
        return ()
    before = change.before if change.before_campaign == number else None
    was_answered, had_ended = (False, False) if before is None else (before.state.answered, before.outcome is not None)
    found = [(number, 1)] if after.state.answered and not was_answered else []
    return [*found, (number, 2)] if after.outcome is not None and not had_ended else found


_CONTRIBUTIONS: Mapping[type[ViewChange], Callable[[Any], Sequence[tuple[int, str, int]]]] = {
    AttemptChanged: _of_attempt,
    CallChanged: _of_call_change,
    CampaignChanged: lambda change: ((change.after.number, "created", int(change.before is None)),),
    RecipientChanged: _of_standings,
    EnrollmentAdded: lambda change: (
        (change.campaign, "enrolled", 1),
        (change.campaign, f"enrolled_in:{change.zone_key}", 1),
    ),
}
_MOVES: Mapping[type[ViewChange], Callable[[Any], Sequence[tuple[int, int]]]] = {
    AttemptChanged: _moves_of_attempt,
    CallChanged: _moves_of_call,
}


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
    fold = SummaryFold({row.campaign: _counters(row) for row in rows}, position)
    fold.ids = {row.campaign: row.campaign_id for row in rows}
    return fold


def campaigns(
    connection: Connection, up_to: int | None = None, after: int = 0, rows_max: int | None = None
) -> dict[int, str]:
    """The campaigns that there are, or were at a position: number → id, in the order of their creation, those after a number."""
    query = select(CAMPAIGN.c.campaign, CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.campaign > after)
    if up_to is not None:
        query = query.where(CAMPAIGN.c.campaign <= up_to)
    found = connection.execute(query.order_by(CAMPAIGN.c.campaign).limit(rows_max))
    return {row.campaign: row.campaign_id for row in found}


def number_of(connection: Connection, campaign_id: str) -> int | None:
    """A campaign's number; None where there is no such campaign."""
    found = connection.execute(select(CAMPAIGN.c.campaign).where(CAMPAIGN.c.campaign_id == campaign_id)).scalar()
    return None if found is None else int(found)


def counters_now(connection: Connection, number: int) -> Counters:
    """A campaign's figures as far as the view has come."""
    return _counters(connection.execute(select(CAMPAIGN).where(CAMPAIGN.c.campaign == number)).one())


def counters_at_checkpoint(connection: Connection, number: int, position: int) -> Counters:
    """A campaign's figures at the last checkpoint up to a position."""
    query = select(CHECKPOINT).where(CHECKPOINT.c.campaign == number, CHECKPOINT.c.position <= position)
    row = connection.execute(query.order_by(CHECKPOINT.c.position.desc()).limit(1)).one_or_none()
    return Counters() if row is None else Counters(msgspec.json.decode(row.counters, type=dict[str, int]))


def pace(connection: Connection, number: int, before: datetime) -> list[PaceMinute]:
    """What was recorded within each of the last whole minutes before an instant, empty ones left out."""
    end = micros(before) // MINUTE_MICROS
    query = select(PACE).where(PACE.c.campaign == number, PACE.c.minute < end, PACE.c.minute >= end - PACE_MINUTES_MAX)
    return [
        PaceMinute(minute=instant(row.minute * MINUTE_MICROS), sent=row.sent, answered=row.answered, ended=row.ended)
        for row in connection.execute(query.order_by(PACE.c.minute))
    ]


def _text(counters: Counters) -> str:
    return msgspec.json.encode(counters.figures, order="sorted").decode()


def _counters(row: Any) -> Counters:
    return Counters(msgspec.json.decode(row.counters, type=dict[str, int]), row.changed_position)
