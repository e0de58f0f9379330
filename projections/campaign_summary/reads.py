"""What the tables know of campaigns: which there are, their figures now and at a checkpoint, their pace."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from projections.campaign_summary.counters import Counters, counters_of
from projections.campaign_summary.tables import CAMPAIGN, CHECKPOINT, MINUTE_MICROS, PACE
from projections.store import instant, micros, portions

PACE_MINUTES_MAX = 60
TRIES = r"try\_" + 12 * "_"
"""The ids that `dialtrail try` makes for its campaigns, as a pattern of SQL."""


class PaceMinute(Struct, frozen=True, kw_only=True):
    """What was recorded within one minute (UTC): requests that left, calls answered, calls ended.

    `at_once` are the most calls that were under way in it, `left_open` those that were when it was over.
    """

    minute: datetime
    sent: int
    answered: int
    ended: int
    at_once: int
    left_open: int


def campaigns(
    connection: Connection, up_to: int | None = None, after: int = 0, rows_max: int | None = None
) -> dict[int, str]:
    """The campaigns that there are, or were at a position: number → id, in the order of their creation, those after a number."""
    query = select(CAMPAIGN.c.campaign, CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.campaign > after)
    if up_to is not None:
        query = query.where(CAMPAIGN.c.campaign <= up_to)
    found = connection.execute(query.order_by(CAMPAIGN.c.campaign).limit(rows_max))
    return {row.campaign: row.campaign_id for row in found}


def named_like(connection: Connection, text: str, part: str, rows_max: int) -> list[str]:
    """The campaign of this id, or those with this part in theirs, the last made first."""
    if connection.execute(select(CAMPAIGN.c.campaign).where(CAMPAIGN.c.campaign_id == text)).first() is not None:
        return [text]
    found = select(CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.campaign_id.contains(part, autoescape=True))
    return list(connection.execute(found.order_by(CAMPAIGN.c.campaign.desc()).limit(rows_max)).scalars())


def latest_campaigns(
    connection: Connection, up_to: int | None, before: int, rows_max: int, *, with_tries: bool
) -> dict[int, str]:
    """The same, the last made first: those before a number, or all where that is 0; without those of `dialtrail try`."""
    query = select(CAMPAIGN.c.campaign, CAMPAIGN.c.campaign_id)
    if up_to is not None:
        query = query.where(CAMPAIGN.c.campaign <= up_to)
    if before:
        query = query.where(CAMPAIGN.c.campaign < before)
    if not with_tries:
        query = query.where(CAMPAIGN.c.campaign_id.not_like(TRIES, escape="\\"))
    found = connection.execute(query.order_by(CAMPAIGN.c.campaign.desc()).limit(rows_max))
    return {row.campaign: row.campaign_id for row in found}


def number_of(connection: Connection, campaign_id: str) -> int | None:
    """A campaign's number; None where there is no such campaign."""
    found = connection.execute(select(CAMPAIGN.c.campaign).where(CAMPAIGN.c.campaign_id == campaign_id)).scalar()
    return None if found is None else int(found)


def ids_of(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """The ids of the campaigns with these numbers."""
    found: dict[int, str] = {}
    for some in portions(sorted(numbers)):
        query = select(CAMPAIGN.c.campaign, CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.campaign.in_(some))
        found.update((row.campaign, row.campaign_id) for row in connection.execute(query))
    return found


def counters_now(connection: Connection, number: int) -> Counters:
    """A campaign's figures as far as the view has come."""
    return counters_of(connection.execute(select(CAMPAIGN).where(CAMPAIGN.c.campaign == number)).one())


def counters_at_checkpoint(connection: Connection, number: int, position: int) -> Counters:
    """A campaign's figures at the last checkpoint up to a position."""
    query = select(CHECKPOINT).where(CHECKPOINT.c.campaign == number, CHECKPOINT.c.position <= position)
    row = connection.execute(query.order_by(CHECKPOINT.c.position.desc()).limit(1)).one_or_none()
    return Counters() if row is None else Counters(msgspec.json.decode(row.counters, type=dict[str, int]))


def pace(connection: Connection, number: int, before: datetime) -> list[PaceMinute]:
    """What was recorded within each of the last whole minutes before an instant, empty ones left out; of all, by `OF_ALL`."""
    end = micros(before) // MINUTE_MICROS
    query = select(PACE).where(PACE.c.campaign == number, PACE.c.minute < end, PACE.c.minute >= end - PACE_MINUTES_MAX)
    return [_pace_minute(row) for row in connection.execute(query.order_by(PACE.c.minute))]


def under_way_before(connection: Connection, number: int, before: datetime) -> int:
    """How many calls were under way when the last minute before an instant was over in which anything moved."""
    query = select(PACE.c.left_open).where(PACE.c.campaign == number, PACE.c.minute < micros(before) // MINUTE_MICROS)
    return connection.execute(query.order_by(PACE.c.minute.desc()).limit(1)).scalar() or 0


def _pace_minute(row: Any) -> PaceMinute:
    return PaceMinute(
        minute=instant(row.minute * MINUTE_MICROS),
        sent=row.sent,
        answered=row.answered,
        ended=row.ended,
        at_once=row.at_once,
        left_open=row.left_open,
    )
