"""Which calls that nobody claims an attempt could have brought about, by the index of all calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from domain.call.stamps import PROVIDER_SKEW_MAX
from domain.instants import later
from domain.matching import CLOCKS_APART, UnclaimedCall, UnresolvedAttempt
from domain.person import spellings
from projections.call_index import CALL
from projections.store import instant, micros, portions


def possible_calls(connection: Connection, attempts: Sequence[UnresolvedAttempt]) -> list[UnclaimedCall]:
    """All that these attempts' candidates are among: calls that nobody claims, and that echo nothing, to one of their numbers."""
    numbers = sorted({spelled for attempt in attempts for spelled in spellings(attempt.to_number)})
    if not numbers:
        return []
    # A call is heard of when it began or later; by the provider's clock it may have begun a little after we heard of it.
    since = later(min(attempt.started_at for attempt in attempts), -(CLOCKS_APART + PROVIDER_SKEW_MAX))
    found: list[UnclaimedCall] = []
    for some in portions(numbers):
        query = of_nobodys(connection, some, since)
        found.extend(
            UnclaimedCall(
                call_id=row.call_id,
                from_number=row.from_number or "",
                to_number=row.to_number,
                began_at=instant(row.first_heard_at if row.created_at is None else row.created_at),
                phase=row.phase,
            )
            for row in connection.execute(query)
        )
    return found


def of_nobodys(connection: Connection, numbers: Sequence[str], since: datetime) -> Select[Any]:
    """Calls to one of these numbers, heard of since, that nobody claims and that echo nothing."""
    is_nobodys: ColumnElement[bool] = CALL.c.recipient.is_(None)
    if connection.dialect.name == "sqlite":
        # Nobody's may be most of all calls: SQLite would go through them rather than look for each number.
        is_nobodys = func.unlikely(is_nobodys)
    wanted = (CALL.c.call_id, CALL.c.from_number, CALL.c.to_number, CALL.c.created_at, CALL.c.first_heard_at)
    return (
        select(*wanted, CALL.c.phase)
        .where(
            is_nobodys, CALL.c.to_number.in_(numbers), CALL.c.heard_at >= micros(since), CALL.c.is_echoing.is_(False)
        )
        .order_by(CALL.c.place)
    )
