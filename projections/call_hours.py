"""Calls by the hour (UTC) in which they began: how many, what became of them, how long was talked; and what was refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, func, select

from projections.changes import AttemptChanged, CallChanged, CallFold, ViewChange
from projections.store import METADATA, instant, micros, put_rows

NAME = "call_hours"
VERSION = 2
HOUR = timedelta(hours=1)
HOUR_MICROS = 3_600_000_000
OF_NO_CAMPAIGN = 0
"""Calls that no attempt claims are counted under this number, which no campaign has."""
_MILLISECOND = timedelta(milliseconds=1)
FIGURES = ("calls", "answered", "no_answer", "failed", "canceled", "lost", "refused", "talk_ms")
_CALLS, _ANSWERED, _NO_ANSWER, _FAILED, _CANCELED, _LOST, _REFUSED, _TALK = range(len(FIGURES))
_END = {"completed": _NO_ANSWER, "failed": _FAILED, "canceled": _CANCELED}

CALL_HOUR = Table(
    "call_hours",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger if name == "talk_ms" else Integer, nullable=False) for name in FIGURES),
    sqlite_with_rowid=False,
)
Index("call_hours_by_hour", CALL_HOUR.c.hour)
_Hours = dict[tuple[int, int], list[int]]


class CallHour(Struct, frozen=True, kw_only=True):
    """The calls that began within one hour, each under one of its ends; the others of `calls` are still ringing.

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


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    hours: _Hours = {}
    for change in changes:
        kind = type(change)
        if kind is CallChanged:
            _take_call(hours, change)  # type: ignore[arg-type]
        elif kind is AttemptChanged:
            _take_attempt(hours, change)  # type: ignore[arg-type]
    _add(connection, hours)


def _take_call(hours: _Hours, change: CallChanged) -> None:
    before, after = change.before, change.after
    if before is not None:
        if change.before_campaign == change.campaign and _is_alike(before, after):
            return
        _count(hours, change.before_campaign, before, -1)
    _count(hours, change.campaign, after, 1)


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


def _count(hours: _Hours, campaign: int | None, fold: CallFold, by: int) -> None:
    began_at = fold.state.created_at or fold.first_heard_at
    figures = _figures(hours, campaign, began_at)
    figures[_CALLS] += by
    end = _end_of(fold)
    if end is not None:
        figures[end] += by
    if end == _ANSWERED:
        figures[_TALK] += by * _talk_ms(fold)


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


def _take_attempt(hours: _Hours, change: AttemptChanged) -> None:
    """A refusal counts as long as it is what became of the attempt: a call of it may turn up after all."""
    before, after = change.before, change.after
    if before is after:
        return
    for attempt, by in ((before, -1), (after, 1)):
        if attempt is not None and attempt.phase == "refused":
            _figures(hours, change.campaign, attempt.changed_at)[_REFUSED] += by


def _figures(hours: _Hours, campaign: int | None, at: datetime) -> list[int]:
    key = (OF_NO_CAMPAIGN if campaign is None else campaign, micros(at) // HOUR_MICROS)
    return hours.setdefault(key, [0] * len(FIGURES))


def _add(connection: Connection, hours: _Hours) -> None:
    rows = []
    for (campaign, hour), added in sorted(hours.items()):
        query = select(CALL_HOUR).where(CALL_HOUR.c.campaign == campaign, CALL_HOUR.c.hour == hour)
        known = connection.execute(query).one_or_none()
        before = [0] * len(FIGURES) if known is None else known[2:]
        rows.append((campaign, hour, *(was + more for was, more in zip(before, added, strict=True))))
    put_rows(connection, CALL_HOUR, rows)


def hours(connection: Connection, since: datetime, until: datetime, campaign: int | None = None) -> list[CallHour]:
    """The hours that begin within an interval, empty ones left out: a campaign's calls, or all that there are."""
    hour = CALL_HOUR.c.hour
    query = select(hour, *(func.sum(CALL_HOUR.c[name]).label(name) for name in FIGURES))
    query = query.where(hour >= -(-micros(since) // HOUR_MICROS), hour < -(-micros(until) // HOUR_MICROS))
    if campaign is not None:
        query = query.where(CALL_HOUR.c.campaign == campaign)
    found = connection.execute(query.group_by(hour).order_by(hour))
    return [_hour(row) for row in found if row.calls or row.refused]


def _hour(row: Any) -> CallHour:
    figures = {name: int(getattr(row, name)) for name in FIGURES}
    return CallHour(begins_at=instant(row.hour * HOUR_MICROS), **figures)
