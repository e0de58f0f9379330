"""The calls that ended within a window, from the index of calls: ours one by one, and the sums of all."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from projections.call_index import CALL
from projections.store import instant, micros

_SECOND = 1_000_000
_BEGAN = func.coalesce(CALL.c.created_at, CALL.c.first_heard_at)
_ENDED = func.coalesce(CALL.c.ended_at, CALL.c.heard_at)
"""By the provider's clock; where that gave no time, by ours."""
_OURS = CALL.c.recipient.is_not(None)
_IS_OVER = CALL.c.outcome.is_not(None)


class EndedTotals(Struct, frozen=True, kw_only=True):
    """How many calls ended within a window, ours and those of others, and what ours were; see `TotalsBeside`."""

    ours_ended: int
    ours_answered: int
    talk_seconds: int
    others_ended: int
    at_edge: int


def first_heard_at(connection: Connection) -> datetime | None:
    """When the first call of ours was heard of; None where there was none."""
    query = select(CALL.c.first_heard_at).where(_OURS).order_by(CALL.c.place).limit(1)
    found = connection.execute(query).scalar()
    return None if found is None else instant(found)


def ended_page(
    connection: Connection, window_from: datetime, window_to: datetime, after: int, rows_max: int
) -> Sequence[tuple[int, str]]:
    """Place and id of our calls that ended within a window, of those after a place, in the order of the places."""
    query = select(CALL.c.place, CALL.c.call_id).where(
        CALL.c.place > after, _OURS, _IS_OVER, _within(_ENDED, window_from, window_to)
    )
    rows = connection.execute(query.order_by(CALL.c.place).limit(rows_max))
    return [(row.place, row.call_id) for row in rows]


def ended_totals(connection: Connection, window_from: datetime, window_to: datetime, after: int) -> EndedTotals:
    """The sums over the calls after a place, which is before the first that may have ended in the window."""
    in_it, began_in_it = _within(_ENDED, window_from, window_to), _within(_BEGAN, window_from, window_to)
    answered = and_(in_it, _OURS, CALL.c.reached.is_(True), CALL.c.outcome == "completed")
    talked = (CALL.c.ended_at - CALL.c.answered_at + _SECOND - 1) // _SECOND
    has_times = and_(answered, CALL.c.ended_at >= CALL.c.answered_at)
    query = select(
        _count(and_(in_it, _OURS)),
        _count(answered),
        func.coalesce(func.sum(case((has_times, talked), else_=0)), 0),
        _count(and_(in_it, CALL.c.recipient.is_(None))),
        _count(or_(and_(in_it, ~began_in_it), and_(began_in_it, ~in_it))),
    ).where(CALL.c.place > after, _IS_OVER, or_(in_it, began_in_it))
    ours_ended, ours_answered, talk_seconds, others_ended, at_edge = map(int, connection.execute(query).one())
    return EndedTotals(
        ours_ended=ours_ended,
        ours_answered=ours_answered,
        talk_seconds=talk_seconds,
        others_ended=others_ended,
        at_edge=at_edge,
    )


def _within(column: ColumnElement[int], window_from: datetime, window_to: datetime) -> ColumnElement[bool]:
    return and_(column >= micros(window_from), column < micros(window_to))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
