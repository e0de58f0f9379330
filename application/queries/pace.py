"""The pace against its limits: what was sent in each of the last minutes, and how many calls were under way at once."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args

from msgspec import Struct

from application.fields import Amount, CampaignId, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import MinuteShown, shown_minute
from domain.campaign import CampaignState
from domain.instants import later
from domain.pacing import begun
from projections import campaign_summary
from projections.campaign_summary import OF_ALL, PaceMinute

Minutes = Literal["15", "60"]
MINUTES: tuple[Minutes, ...] = get_args(Minutes)
MINUTE = timedelta(minutes=1)


class PaceLimits(Struct, frozen=True, kw_only=True):
    """How fast calls may be sent, and how many may be under way; null where no limit is known."""

    calls_per_second: Amount | None
    calls_at_once: Amount | None


class PaceShown(Struct, frozen=True, kw_only=True):
    """The last whole minutes, without those in which nothing moved and nothing was under way."""

    since: Instant
    until: Instant
    campaign_id: CampaignId | None
    limits: Annotated[PaceLimits, means("the campaign's; of all together the account's, as set here or as found out")]
    items: list[MinuteShown]
    position: Position
    judged_at: Instant


def pace_of(parts: Installation, moment: Moment, campaign_id: str | None, minutes: Minutes) -> PaceShown:
    """The pace of a campaign, or of all together, up to a moment. Raises `NotFound`."""
    until = moment.instant.replace(second=0, microsecond=0)
    since = later(until, -int(minutes) * MINUTE)
    with parts.reads.reading() as taken:
        number, state = OF_ALL, None
        if campaign_id is not None:
            number, state = parts.reads.campaign_in(taken, campaign_id, min(moment.position, taken.position))
        known = campaign_summary.pace(taken.connection, number, until)
        under_way = campaign_summary.under_way_before(taken.connection, number, since)
        position = min(moment.position, taken.position)
    moved = {one.minute: one for one in known if one.minute >= since}
    items = []
    at = since
    while at < until:
        one = moved.get(at) or _still(at, under_way)
        under_way = one.left_open
        if at in moved or one.at_once:
            items.append(shown_minute(one))
        at += MINUTE
    return PaceShown(
        since=since,
        until=until,
        campaign_id=campaign_id,
        limits=_limits(parts, state),
        items=items,
        position=position,
        judged_at=moment.instant,
    )


def _still(at: datetime, under_way: int) -> PaceMinute:
    """One in which nothing moved: all that was under way was so throughout."""
    return PaceMinute(minute=at, sent=0, answered=0, ended=0, at_once=under_way, left_open=under_way)


def _limits(parts: Installation, state: CampaignState | None) -> PaceLimits:
    if state is not None:
        limits = state.plan.limits
        return PaceLimits(calls_per_second=limits.calls_per_second, calls_at_once=limits.calls_at_once)
    found = parts.in_flight.account.limits
    account = begun(parts.account_limits, found.get("calls_per_second"), found.get("calls_at_once"), ())
    return PaceLimits(calls_per_second=account.per_second.limit, calls_at_once=account.at_once.limit)
