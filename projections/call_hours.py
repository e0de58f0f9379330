"""Calls by the minute and the hour (UTC) in which they began, and by the zones of those called: how many, what became of them, how long was talked; and what was refused."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, Text, delete, func, select

from projections.changes import AttemptChanged, CallChanged, CallFold, ViewChange
from projections.row_writes import SUM, join_rows
from projections.store import METADATA, instant, micros

NAME = "call_hours"
VERSION = 5
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MINUTE_MICROS, QUARTER_MICROS, HOUR_MICROS = 60_000_000, 900_000_000, 3_600_000_000
OF_NO_CAMPAIGN = 0
"""Calls that no attempt claims are counted under this number, which no campaign has."""
_MILLISECOND = timedelta(milliseconds=1)
FIGURES = ("calls", "answered", "no_answer", "failed", "canceled", "lost", "refused", "talk_ms")
_CALLS, _ANSWERED, _NO_ANSWER, _FAILED, _CANCELED, _LOST, _REFUSED, _TALK = range(len(FIGURES))
_END = {"completed": _NO_ANSWER, "failed": _FAILED, "canceled": _CANCELED}


def _figure_columns() -> Iterator[Column[Any]]:
    return (Column(name, BigInteger if name == "talk_ms" else Integer, nullable=False, info=SUM) for name in FIGURES)


CALL_HOUR = Table(
    "call_hours",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    *_figure_columns(),
    sqlite_with_rowid=False,
)
CALL_MINUTE = Table(
    "call_minutes",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    *_figure_columns(),
    sqlite_with_rowid=False,
)
CALL_ZONE = Table(
    "call_zones",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("quarter", BigInteger, primary_key=True, autoincrement=False),
    Column("zone_key", Text, primary_key=True),
    *_figure_columns(),
    sqlite_with_rowid=False,
)
"""By the quarter of an hour: clocks are apart by whole ones, so that each lies in one hour of any clock."""
Index("call_hours_by_hour", CALL_HOUR.c.hour)
Index("call_minutes_by_minute", CALL_MINUTE.c.minute)
_Figures = dict[tuple[Any, ...], list[int]]
"""What is added to the rows with these primary keys."""
_Whose = tuple[int | None, str]
"""The campaign that a call belongs to, and the zone key of the person called."""
_Counted = tuple[_Whose, CallFold]
"""How a call is counted after a batch."""


class CallsBegun(Struct, frozen=True, kw_only=True):
    """The calls that began within one minute or hour, each under one of its ends; the others of `calls` are still ringing.

    `answered` ones may go on; `no_answer` completed without one, `lost` are those whose end cannot be found out. `refused`
    counts requests of which no call came. `talk_ms` is from answer to end, of those of which both are known.
    """

    begins_at: datetime
    calls: int
    answered: int
    no_answer: int
    failed: int
    canceled: int
    lost: int
    refused: int
    talk_ms: int


class CallsInZone(CallsBegun, frozen=True, kw_only=True):
    """The calls that began within a quarter of an hour, of those with one `zone_key`; empty where no zone is known."""

    zone_key: str


class _Added:
    """What is added to each table."""

    def __init__(self) -> None:
        self.hours: _Figures = {}
        self.minutes: _Figures = {}
        self.zones: _Figures = {}

    def add(self, campaign: int | None, zone_key: str, at: datetime, figures: Mapping[int, int]) -> None:
        """Count these figures, by their places, at an instant."""
        number, since = OF_NO_CAMPAIGN if campaign is None else campaign, micros(at)
        for rows, key in (
            (self.hours, (number, since // HOUR_MICROS)),
            (self.minutes, (number, since // MINUTE_MICROS)),
            (self.zones, (number, since // QUARTER_MICROS, zone_key)),
        ):
            row = rows.get(key)
            if row is None:
                row = rows[key] = [0] * len(FIGURES)
            for place, by in figures.items():
                row[place] += by

    def write(self, connection: Connection) -> None:
        """Add them to what the rows have."""
        for table, added in ((CALL_HOUR, self.hours), (CALL_MINUTE, self.minutes), (CALL_ZONE, self.zones)):
            join_rows(connection, table, [(*key, *figures) for key, figures in sorted(added.items()) if any(figures)])
            for key in sorted(key for key, figures in added.items() if figures[_CALLS] < 0 or figures[_REFUSED] < 0):
                _drop_if_nothing(connection, table, key)


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    added = _Added()
    counted: dict[str, _Counted] = {}
    for change in changes:
        kind = type(change)
        if kind is CallChanged:
            _take_call(added, counted, change)  # type: ignore[arg-type]
        elif kind is AttemptChanged:
            _take_attempt(added, change)  # type: ignore[arg-type]
    for whose, fold in counted.values():
        _count(added, whose, fold, 1)
    added.write(connection)


def _take_call(added: _Added, counted: dict[str, _Counted], change: CallChanged) -> None:
    """Count it no more as it was, and note how it is counted now: once for all that was heard of it in a batch."""
    before, after = change.before, change.after
    if before is not None:
        if change.before_campaign == change.campaign and _is_alike(before, after):
            return
        was: _Whose = (change.before_campaign, change.before_zone_key)
        noted = counted.pop(change.call_id, None)
        if noted is None:
            _count(added, was, before, -1)
        elif noted[0] != was:  # it was counted as somebody's of whom more is known now
            _count(added, noted[0], noted[1], 1)
            _count(added, was, before, -1)
    counted[change.call_id] = ((change.campaign, change.zone_key), after)


def _is_alike(before: CallFold, after: CallFold) -> bool:
    """Whether nothing has come that this view counts by. Most reports change none of it."""
    was, state = before.state, after.state
    return (
        was.created is state.created
        and was.answers is state.answers
        and was.proofs is state.proofs
        and was.ends is state.ends
        and was.claims is state.claims
        and was.given_up == state.given_up
        and before.first_heard_at == after.first_heard_at
    )


def _count(added: _Added, whose: _Whose, fold: CallFold, by: int) -> None:
    figures = {_CALLS: by}
    end = _end_of(fold)
    if end is not None:
        figures[end] = by
    if end == _ANSWERED:
        figures[_TALK] = by * _talk_ms(fold)
    added.add(*whose, fold.state.created_at or fold.first_heard_at, figures)


def _end_of(fold: CallFold) -> int | None:
    if fold.state.reached:
        return _ANSWERED
    if fold.outcome is not None:
        return _END[fold.outcome]
    return _LOST if fold.state.given_up else None


def _talk_ms(fold: CallFold) -> int:
    answered_at, ended_at = fold.state.answered_at, fold.state.ended_at
    if answered_at is None or ended_at is None or ended_at < answered_at:
        return 0
    return (ended_at - answered_at) // _MILLISECOND


def _take_attempt(added: _Added, change: AttemptChanged) -> None:
    """A refusal counts as long as it is what became of the attempt: a call of it may turn up after all."""
    before, after = change.before, change.after
    if before is after:
        return
    for attempt, by in ((before, -1), (after, 1)):
        if attempt is not None and attempt.phase == "refused":
            added.add(change.campaign, change.zone_key, attempt.changed_at, {_REFUSED: by})


def _drop_if_nothing(connection: Connection, table: Table, key: tuple[Any, ...]) -> None:
    """No row is left behind by calls that turned out to have begun at another time, or to be another's."""
    is_it = (column == value for column, value in zip(table.primary_key.columns, key, strict=True))
    connection.execute(delete(table).where(*is_it, *(table.c[name] == 0 for name in FIGURES)))


def hours(connection: Connection, since: datetime, until: datetime, campaign: int | None = None) -> list[CallsBegun]:
    """The hours that begin within an interval, empty ones left out: a campaign's calls, or all that there are."""
    return _begun(connection, CALL_HOUR, CALL_HOUR.c.hour, HOUR_MICROS, since, until, campaign)


def minutes(connection: Connection, since: datetime, until: datetime, campaign: int | None = None) -> list[CallsBegun]:
    """The same by the minute."""
    return _begun(connection, CALL_MINUTE, CALL_MINUTE.c.minute, MINUTE_MICROS, since, until, campaign)


def zones(connection: Connection, since: datetime, until: datetime, campaign: int) -> list[CallsInZone]:
    """A campaign's calls by the quarters of an hour that begin within an interval, and by zones, empty ones left out."""
    quarter = CALL_ZONE.c.quarter
    query = select(CALL_ZONE).where(CALL_ZONE.c.campaign == campaign)
    query = query.where(quarter >= -(-micros(since) // QUARTER_MICROS), quarter < -(-micros(until) // QUARTER_MICROS))
    return [
        CallsInZone(begins_at=instant(row.quarter * QUARTER_MICROS), zone_key=row.zone_key, **_figures_in(row))
        for row in connection.execute(query.order_by(quarter, CALL_ZONE.c.zone_key))
        if row.calls or row.refused
    ]


def _begun(
    connection: Connection,
    table: Table,
    slot: Column[Any],
    length: int,
    since: datetime,
    until: datetime,
    campaign: int | None,
) -> list[CallsBegun]:
    query = select(slot.label("slot"), *(func.sum(table.c[name]).label(name) for name in FIGURES))
    query = query.where(slot >= -(-micros(since) // length), slot < -(-micros(until) // length))
    if campaign is not None:
        query = query.where(table.c.campaign == campaign)
    found = connection.execute(query.group_by(slot).order_by(slot))
    return [
        CallsBegun(begins_at=instant(row.slot * length), **_figures_in(row))
        for row in found
        if row.calls or row.refused
    ]


def _figures_in(row: Any) -> dict[str, int]:
    return {name: int(getattr(row, name)) for name in FIGURES}
