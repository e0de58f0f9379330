"""Campaigns that call nobody although somebody could be called."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.recipient import read_recipient
from domain.campaign import CampaignState
from domain.dialing import agents_reason
from domain.errors import NotFound
from domain.pacing import begun

IDLE_AFTER = timedelta(minutes=5)
TURNS_MISSED_MIN = 3
"""A campaign with a slow pace calls seldom: it is idle only where it could have called so often."""
CAMPAIGNS_LOOKED_AT_MAX = 20
PEOPLE_LOOKED_AT_MAX = 5


class IdleCampaign(Struct, frozen=True):
    """A running campaign with room for more calls that has begun none since."""

    campaign_id: str
    since: datetime


def idle_campaigns(parts: Installation, now: datetime) -> list[IdleCampaign]:
    """Those that have begun nothing for long, the longest first; none where nothing dials here, or only since just now.

    What is in flight changes on the event loop, where this is to be called.
    """
    listening_since = parts.arrivals.listening_since
    if listening_since is None or parts.in_flight.account.pause is not None or _is_account_full(parts, now):
        return []
    found = []
    for campaign_id, state in parts.in_flight.campaigns.items():
        since = _still_since(parts, state, listening_since, now)
        if since is not None and now - since >= _patience(state):
            found.append(IdleCampaign(campaign_id, since))
    return sorted(found, key=lambda one: one.since)[:CAMPAIGNS_LOOKED_AT_MAX]


def with_somebody(parts: Installation, idle: Sequence[IdleCampaign], now: datetime) -> list[IdleCampaign]:
    """Those of them in which somebody could be called now, as the dialer would judge. Reads ledger and views.

    Raises `DialtrailError` where these cannot be read.
    """
    return [one for one in idle if _has_somebody(parts, one.campaign_id, now)]


def _has_somebody(parts: Installation, campaign_id: str, now: datetime) -> bool:
    moment = Moment(parts.ledger.position, now)
    for stream in parts.reads.due(campaign_id, now, 0, PEOPLE_LOOKED_AT_MAX).streams:
        try:
            read = read_recipient(parts, campaign_id, [stream], moment)
        except NotFound:  # taken out meanwhile
            continue
        if read.verdict.may_dial:
            return True
    return False


def _still_since(
    parts: Installation, state: CampaignState, listening_since: datetime, now: datetime
) -> datetime | None:
    """Since when a campaign that may begin calls has begun none; None where it may not."""
    in_flight = parts.in_flight
    if state.phase != "running" or state.running_since is None:
        return None
    if in_flight.attempts.slots_held(state.campaign_id, now) >= state.plan.limits.calls_at_once:
        return None
    if _is_held_on_purpose(parts, state, now):
        return None
    if state.canary is not None and in_flight.counts.calls_begun(state.campaign_id) >= state.canary:
        return None
    begin = max(state.running_since, listening_since)
    return max(in_flight.counts.sends_since(state.campaign_id, begin), default=begin)


def _is_held_on_purpose(parts: Installation, state: CampaignState, now: datetime) -> bool:
    """Whether its agents, or a lookup that does not answer, keep it from calling whoever it is; its notes say so."""
    live = parts.in_flight.attempts.slots_held(state.campaign_id, now)
    if agents_reason(state, live, now) is not None:
        return True
    lookup = state.plan.asked_first
    waits = lookup is not None and lookup.on_failure != "go_on"
    return waits and parts.lookup_trouble(state.campaign_id) is not None


def _patience(state: CampaignState) -> timedelta:
    return max(IDLE_AFTER, timedelta(seconds=TURNS_MISSED_MIN / state.plan.limits.calls_per_second))


def _is_account_full(parts: Installation, now: datetime) -> bool:
    found = parts.in_flight.account.limits
    most = begun(parts.account_limits, found.get("calls_per_second"), found.get("calls_at_once"), ()).at_once.limit
    return most is not None and parts.in_flight.attempts.slots_held_in_all(now) >= most
