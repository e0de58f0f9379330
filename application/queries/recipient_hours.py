"""A campaign's calls by the hour of the day that it was for those who were called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from application.fields import CampaignId, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.figures import DAY, CallFigures, down, summed, up
from domain.dialing import judged_zones
from domain.errors import InvalidInput
from domain.instants import later
from domain.policy import NO_POLICY, Policy
from domain.zones import local_time, zone_info
from projections import call_hours
from projections.call_hours import CallsInZone

QUARTER = timedelta(minutes=15)
DAYS_MAX = 31
USUAL_DAYS = 7
DAY_HOURS = 24
HourOfDay = Annotated[int, Meta(ge=0, lt=DAY_HOURS)]


class HourFigures(CallFigures, frozen=True, kw_only=True):
    """The calls that began in one hour of the day on the clocks of those who were called."""

    hour: Annotated[
        HourOfDay | None,
        means("null where their zone is not known, or several that it may be are not in the same hour"),
    ]


class RecipientHoursShown(Struct, frozen=True, kw_only=True):
    """A campaign's calls of an interval by the hour of the day, without hours in which there was none; the unknown one last."""

    since: Instant
    until: Instant
    campaign_id: CampaignId
    total: CallFigures
    items: Annotated[list[HourFigures], Meta(max_length=DAY_HOURS + 1)]
    position: Position
    judged_at: Instant


def recipient_hours(
    parts: Installation, moment: Moment, campaign_id: str, since: datetime | None, until: datetime | None
) -> RecipientHoursShown:
    """All quarters of an hour that the interval touches; without one, the last 7 days. Raises `InvalidInput`, `NotFound`.

    People's zones are those of their enrolment, or of their number with the default zone of the policy as it is now.
    """
    end = later(down(moment.instant, QUARTER), QUARTER) if until is None else up(until, QUARTER)
    begin = later(end, -USUAL_DAYS * DAY) if since is None else down(since, QUARTER)
    if not timedelta() < end - begin <= DAYS_MAX * DAY:
        raise InvalidInput("since", f"must be before until, by at most {DAYS_MAX} days")
    with parts.reads.reading() as taken:
        number, state = parts.reads.campaign_in(taken, campaign_id, taken.position)
        found = call_hours.zones(taken.connection, begin, end, number)
        position = taken.position
    by_hour = _by_hour(found, state.plan.policy or NO_POLICY)
    return RecipientHoursShown(
        since=begin,
        until=end,
        campaign_id=campaign_id,
        total=CallFigures(**summed(found)),
        items=[
            HourFigures(hour=hour, **summed(by_hour[hour])) for hour in (*range(DAY_HOURS), None) if hour in by_hour
        ],
        position=position,
        judged_at=moment.instant,
    )


def _by_hour(found: Sequence[CallsInZone], policy: Policy) -> dict[int | None, list[CallsInZone]]:
    clocks = {key: _clocks(policy, key) for key in {one.zone_key for one in found}}
    by_hour: dict[int | None, list[CallsInZone]] = {}
    for one in found:
        by_hour.setdefault(_hour(one.begins_at, clocks[one.zone_key]), []).append(one)
    return by_hour


def _clocks(policy: Policy, key: str) -> list[ZoneInfo]:
    """Those by which somebody is judged; none where that of one of the zones is not known."""
    clocks = [zone_info(zone) for zone in judged_zones(policy, key)]
    known = [clock for clock in clocks if clock is not None]
    return known if len(known) == len(clocks) else []


def _hour(at: datetime, clocks: Sequence[ZoneInfo]) -> int | None:
    hour = None
    for clock in clocks:
        its = local_time(at, clock).hour
        if hour is not None and its != hour:
            return None
        hour = its
    return hour
