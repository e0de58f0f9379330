"""Who is suppressed, in whichever campaign or in none: the fold and the reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select, update

from projections.changes import ClockSetRight, PersonSuppressionChanged, ViewChange
from projections.recipient_status.tables import SUPPRESSION
from projections.row_writes import insert_rows
from projections.storable import Row
from projections.store import instant, micros, optional_instant


class SuppressedRow(Struct, frozen=True, kw_only=True):
    """What keeps everybody from calling somebody; `position` is the event's that said so."""

    position: int
    stream: str
    number: str
    source: str
    reason: str | None
    since: datetime
    expires_at: datetime | None


def write_suppressions(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    new: dict[str, Row] = {}
    over: list[Row] = []
    for change in changes:
        if type(change) is ClockSetRight:  # it comes first, for what is asked of the views is cut before it
            _set_right(connection, micros(change.at))
        if type(change) is not PersonSuppressionChanged:
            continue
        begun = new.pop(change.stream, None)
        if begun is not None:
            over.append((begun[0], change.position, *begun[2:]))
        elif change.before is not None:
            is_held = (SUPPRESSION.c.stream == change.stream) & SUPPRESSION.c.to_position.is_(None)
            connection.execute(update(SUPPRESSION).where(is_held).values(to_position=change.position))
        if change.after is not None:
            new[change.stream] = _row(change)
    insert_rows(connection, SUPPRESSION, [*over, *new.values()])


def _row(change: PersonSuppressionChanged) -> Row:
    held = change.after
    if held is None:
        raise RuntimeError("of somebody who was released there is no row")
    expires_at = None if held.expires_at is None else micros(held.expires_at)
    return (
        change.position,
        None,
        change.stream,
        change.number,
        held.source,
        held.reason,
        micros(held.since),
        expires_at,
    )


def _set_right(connection: Connection, at: int) -> None:
    """Nothing began later than it was acknowledged that the clock had been ahead."""
    connection.execute(update(SUPPRESSION).where(SUPPRESSION.c.since > at).values(since=at))


def suppressions_page(connection: Connection, before: int, rows_max: int, position: int | None) -> list[SuppressedRow]:
    """The latest first, those before a position (0: from the end); as they are, or were at a position."""
    query = select(SUPPRESSION)
    if before:
        query = query.where(SUPPRESSION.c.from_position < before)
    if position is None:
        query = query.where(SUPPRESSION.c.to_position.is_(None))
    else:
        goes_on = SUPPRESSION.c.to_position.is_(None) | (SUPPRESSION.c.to_position > position)
        query = query.where(SUPPRESSION.c.from_position <= position, goes_on)
    query = query.order_by(SUPPRESSION.c.from_position.desc()).limit(rows_max)
    return [_suppression_of(row) for row in connection.execute(query)]


def _suppression_of(row: Any) -> SuppressedRow:
    return SuppressedRow(
        position=row.from_position,
        stream=row.stream,
        number=row.number,
        source=row.source,
        reason=row.reason,
        since=instant(row.since),
        expires_at=optional_instant(row.expires_at),
    )
