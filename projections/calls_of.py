"""Somebody's calls in the index of all: their latest, and whose numbers nobody's calls have."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from domain.recipient import Spelled
from projections.call_index import CALL, each_way
from projections.store import portions


def latest_of(connection: Connection, of: Spelled, up_to: int, rows_max: int) -> list[str]:
    """The ids of somebody's calls that were heard of up to a position, the last first."""
    found: dict[int, str] = {}
    for one in each_way(of):
        query = select(CALL.c.place, CALL.c.call_id).where(CALL.c.place <= up_to, one)
        rows = connection.execute(query.order_by(CALL.c.place.desc()).limit(rows_max))
        found.update((row.place, row.call_id) for row in rows)
    return [found[place] for place in sorted(found, reverse=True)[:rows_max]]


def numbers_of_nobodys_calls(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of these numbers from or to which there is a call that nobody claims."""
    found: set[str] = set()
    for some in portions(sorted(numbers)):
        for column in (CALL.c.from_number, CALL.c.to_number):
            query = select(column).where(CALL.c.recipient.is_(None), column.in_(some)).distinct()
            found.update(connection.execute(query).scalars())
    return found
