"""Who may be shown with a status: whose rows have it, and whom time brings to it."""

from collections.abc import Collection
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from domain.status import Status
from projections.recipient_status.reads import at_position, enrollments_at, standings_at
from projections.recipient_status.rows import StatusRow
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
    # Only the places, of which an index tells: many rows come up for each of many zones, and few of them are wanted.
    answers = [connection.execute(query).scalars().all() for query in queries]
    if due:
        answers.append([place for place in due if place > after][:rows_max])
    places = [place for place, _ in islice(groupby(merge(*answers)), rows_max)]
    standings = standings_at(connection, places, position)
    enrollments = enrollments_at(connection, campaign, places)
    return [StatusRow(enrollment=enrollments[place], standing=standings[place]) for place in places]


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
    query = select(table.c.place).where(
        table.c.campaign == campaign, table.c.status == status, table.c.zone_key == zone_key, table.c.place > after
    )
    return at_position(query, table, position).order_by(table.c.place).limit(rows_max)


def _timed(
    table: Table, campaign: int, statuses: Collection[str], after: int, rows_max: int, position: int | None
) -> Select[Any]:
    becomes: ColumnElement[bool] = table.c.then_status.in_(sorted(statuses))
    if "queued" in statuses:
        becomes |= table.c.then_until.is_not(None)
    if "held" in statuses:
        becomes |= table.c.consent_until.is_not(None)
    query = select(table.c.place).where(
        table.c.campaign == campaign,
        table.c.then_at.is_not(None),
        becomes,
        table.c.place > after,
    )
    return at_position(query, table, position).order_by(table.c.place).limit(rows_max)
