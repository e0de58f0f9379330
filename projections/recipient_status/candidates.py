"""Who may be shown with a status: whose rows have it, and whom time brings to it."""

from collections.abc import Collection, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from domain.status import Status
from projections.changes import Standing
from projections.recipient_status.reads import at_position, enrollments_at, standings_at
from projections.recipient_status.rows import StatusRow, standing_of
from projections.recipient_status.tables import HISTORY, STATUS
from projections.store import micros

FEW_DUE_MAX = 4_096


def with_statuses(
    connection: Connection,
    campaign: int,
    wanted: Collection[tuple[Status, str]],
    after: int,
    rows_max: int,
    position: int | None,
    now: datetime,
) -> list[StatusRow]:
    """Those who may be shown so: whose rows have one of these statuses and zone keys, and whom time brings to one."""
    statuses = {status for status, _ in wanted}
    tables = (STATUS,) if position is None else (STATUS, HISTORY)
    due = _few_due(connection, campaign, micros(now)) if position is None and statuses == {"queued"} else None
    queries = (
        [] if due is not None else [_timed(table, campaign, statuses, after, rows_max, position) for table in tables]
    )
    for status, zone_key in wanted:
        queries += [_by_status(table, campaign, status, zone_key, after, rows_max, position) for table in tables]
    answers = [[(row.place, standing_of(row)) for row in connection.execute(query)] for query in queries]
    if due:
        places = [place for place in due if place > after][:rows_max]
        answers.append(sorted(standings_at(connection, places).items()))
    found = dict(islice(_unique(merge(*answers, key=_place)), rows_max))
    enrollments = enrollments_at(connection, campaign, list(found))
    return [StatusRow(enrollment=enrollments[place], standing=standing) for place, standing in found.items()]


def _few_due(connection: Connection, campaign: int, now: int) -> list[int] | None:
    """The places, in order, of those whose time has come; None where they are so many that a walk through all costs less.

    Most who wait for a time may wait for one that is far away: they are not looked at again and again.
    """
    query = (
        select(STATUS.c.place)
        .where(STATUS.c.campaign == campaign, STATUS.c.then_at.is_not(None), STATUS.c.then_at <= now)
        .order_by(STATUS.c.then_at)
        .limit(FEW_DUE_MAX + 1)
    )
    places = list(connection.execute(query).scalars())
    return sorted(places) if len(places) <= FEW_DUE_MAX else None


def _by_status(
    table: Table, campaign: int, status: str, zone_key: str, after: int, rows_max: int, position: int | None
) -> Select[Any]:
    query = select(table).where(
        table.c.campaign == campaign, table.c.status == status, table.c.zone_key == zone_key, table.c.place > after
    )
    return at_position(query, table, position).order_by(table.c.place).limit(rows_max)


def _timed(
    table: Table, campaign: int, statuses: Collection[str], after: int, rows_max: int, position: int | None
) -> Select[Any]:
    becomes = table.c.then_status.in_(sorted(statuses))
    query = select(table).where(
        table.c.campaign == campaign,
        table.c.then_at.is_not(None),
        becomes | table.c.then_until.is_not(None) if "queued" in statuses else becomes,
        table.c.place > after,
    )
    return at_position(query, table, position).order_by(table.c.place).limit(rows_max)


def _place(pair: tuple[int, Standing]) -> int:
    return pair[0]


def _unique(pairs: Iterator[tuple[int, Standing]]) -> Iterator[tuple[int, Standing]]:
    last = None
    for place, standing in pairs:
        if place != last:
            last = place
            yield place, standing
