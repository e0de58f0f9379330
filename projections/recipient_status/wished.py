"""Who of a campaign wishes to be called at a time of their own, and what of that is to be given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from domain.status import Status
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status.numbers import shown_at
from projections.recipient_status.reads import enrollments_at
from projections.recipient_status.rows import StatusRow, standing_of
from projections.recipient_status.tables import ENROLLMENT, STATUS
from projections.store import instant, micros

LOOKED_AT_MAX = 4_096
WISHES_LOOKED_AT_MAX = 1_000
NOT_CALLED_ANY_MORE: tuple[Status, ...] = (
    "withdrawn",
    "suppressed",
    "refused",
    "reached",
    "not_reached",
    "failed",
    "canceled",
)


class OpenWish(Struct, frozen=True):
    """A call that is wished `at`, and given up at `give_up_at` (UTC), by somebody in the zones of a key."""

    at: datetime
    give_up_at: datetime
    zone_key: str


def wished_now(connection: Connection, campaign: int, rules: ReadTimeRules, now: datetime) -> list[StatusRow]:
    """Whose wished time has come and who may be called at `now`, in the order of their times; of at most `LOOKED_AT_MAX`."""
    query = (
        select(STATUS)
        .where(STATUS.c.campaign == campaign, STATUS.c.callback_at.is_not(None), STATUS.c.callback_at <= micros(now))
        .order_by(STATUS.c.callback_at, STATUS.c.place)
        .limit(LOOKED_AT_MAX)
    )
    return [row for row in _rows(connection, campaign, query) if shown_at(rules, row, now).status == "queued"]


def wished_page(connection: Connection, campaign: int, after: int, rows_max: int) -> list[StatusRow]:
    """Who has wished a call that nobody has made yet, in the order of enrolment, those after a place."""
    query = (
        select(STATUS)
        .where(STATUS.c.campaign == campaign, STATUS.c.callback_at.is_not(None), STATUS.c.place > after)
        .order_by(STATUS.c.place)
        .limit(rows_max)
    )
    return _rows(connection, campaign, query)


def _rows(connection: Connection, campaign: int, query: Select[Any]) -> list[StatusRow]:
    standings = {row.place: standing_of(row) for row in connection.execute(query)}
    enrolled = enrollments_at(connection, campaign, list(standings)) if standings else {}
    return [StatusRow(enrollment=enrolled[place], standing=standing) for place, standing in standings.items()]


def streams_to_give_up(connection: Connection, now: datetime, rows_max: int) -> Sequence[tuple[int, str]]:
    """Whose wish, in any campaign, was not kept in time, or cannot be any more: the campaign's number and their stream."""
    never = STATUS.c.status.in_(NOT_CALLED_ANY_MORE) & STATUS.c.then_at.is_(None)
    is_over = (STATUS.c.callback_until <= micros(now)) | never
    query = (
        select(STATUS.c.campaign, ENROLLMENT.c.stream)
        .join(ENROLLMENT, (ENROLLMENT.c.place == STATUS.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.callback_at.is_not(None), is_over)
        .order_by(STATUS.c.callback_at)
        .limit(rows_max)
    )
    return [(row.campaign, row.stream) for row in connection.execute(query)]


def latest_wishes(connection: Connection) -> dict[int, datetime]:
    """The last time that somebody wishes of each campaign of whom anybody does, by the campaign's number."""
    query = (
        select(STATUS.c.campaign, func.max(STATUS.c.callback_at).label("latest"))
        .where(STATUS.c.callback_at.is_not(None))
        .group_by(STATUS.c.campaign)
    )
    return {row.campaign: instant(row.latest) for row in connection.execute(query)}


def streams_wished_from(connection: Connection, campaign: int, at: datetime, rows_max: int) -> list[str]:
    """The streams of those of a campaign who wish a call at or after a time, in the order of their times."""
    query = (
        select(ENROLLMENT.c.stream)
        .join(STATUS, (ENROLLMENT.c.place == STATUS.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.campaign == campaign, STATUS.c.callback_at >= micros(at))
        .order_by(STATUS.c.callback_at)
        .limit(rows_max)
    )
    return list(connection.execute(query).scalars())


def next_wishes(connection: Connection, campaign: int, rows_max: int = WISHES_LOOKED_AT_MAX) -> list[OpenWish]:
    """The next calls that are wished and not made yet, in the order of their times."""
    query = (
        select(STATUS.c.callback_at, STATUS.c.callback_until, ENROLLMENT.c.zone_key)
        .join(ENROLLMENT, (ENROLLMENT.c.place == STATUS.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.campaign == campaign, STATUS.c.callback_at.is_not(None))
        .order_by(STATUS.c.callback_at)
        .limit(rows_max)
    )
    return [
        OpenWish(instant(row.callback_at), instant(row.callback_until), row.zone_key)
        for row in connection.execute(query)
    ]


def callbacks_open(connection: Connection, campaign: int) -> int:
    """How many of a campaign wait for a wished time, or for a call since."""
    query = select(func.count()).where(STATUS.c.campaign == campaign, STATUS.c.callback_at.is_not(None))
    return connection.execute(query).scalar_one()


def wishes_counted(connection: Connection, now: datetime) -> tuple[int, int]:
    """How many are open in all campaigns, and how many of them are due."""
    query = select(func.count()).where(STATUS.c.callback_at.is_not(None))
    due = query.where(STATUS.c.callback_at <= micros(now))
    return connection.execute(query).scalar_one(), connection.execute(due).scalar_one()
