"""A campaign's plan as people read it: the policy in sentences, its hours as a week, the script step by step, and who changed what."""

import asyncio
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.agents import agents_now
from application.queries.callers import callers_at
from application.queries.campaign import CampaignShown, shown_campaign
from application.queries.changes import ChangeShown, changes_page
from application.queries.history import HistoryPage, history_page
from application.queries.moments import moment_in_views
from application.queries.script_steps import StepsReached, steps_reached
from application.queries.scripts import versions_page
from application.queries.usual_zone import usual_zone
from application.views.reads import CampaignRead
from domain.campaign import CampaignState
from domain.errors import InvalidInput
from domain.policy import Policy
from domain.zones import known_zones, zone_info
from entrypoints.http.access import READS, allow
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.lookup_wording import lookup_sentences
from entrypoints.pages.campaigns import CHANGES_SHOWN_MAX
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.script_lines import script_lines
from entrypoints.pages.week_hours import TICKS, WeekHours, week_hours
from entrypoints.pages.zone_cookie import zone_read
from entrypoints.plan_wording import agents_sentences
from entrypoints.policy_wording import callers_sentence, policy_groups

HISTORY_SHOWN_MAX = 100
VERSIONS_MAX = 10**9
UTC_ZONE = "UTC"
THEIR_ZONE, OUR_ZONE = "zone", "tz"


class _Known(Struct, frozen=True):
    """What the page shows of a campaign, as it was known at a moment."""

    read: CampaignRead
    changes: list[ChangeShown]
    history: HistoryPage | None
    reached: StepsReached | None
    zone: str | None


async def show(request: Request) -> Response:
    """GET /campaigns/{id}/plan?as_of=&zone=&tz=: `zone` is the one in which people are, `tz` the reader's own."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    as_of, after = request.query_params.get(AS_OF.name) or None, AFTER.read(request)
    zones = {name: _zone_asked(request, name) for name in (THEIR_ZONE, OUR_ZONE)}
    moment = await moment_in_views(parts, as_of)
    known = await asyncio.to_thread(_known, parts, actor, campaign_id, moment, after)
    campaign = shown_campaign(actor, known.read)
    agents = None if moment.is_past else await agents_now(parts, actor, campaign_id)
    return page(
        request,
        "plan.html",
        campaign=campaign,
        changes=known.changes,
        history=known.history,
        entries=[] if known.history is None else known.history.items,
        calls_from=callers_sentence(campaign.from_number),
        callers=await callers_at(parts, actor, campaign_id, moment),
        sentences=_sentences(campaign),
        agents=agents if agents is not None and agents.applies else None,
        agents_words=agents_sentences(campaign.agents),
        week=_week(known, zones, moment, zone_read(request)[0]),
        ticks=TICKS,
        lines=script_lines(campaign.script, known.reached),
        inbound_lines=script_lines(campaign.inbound_script, None),
        reached=known.reached,
        as_of=as_of or "",
        after=after,
        zone=zones[THEIR_ZONE] or "",
        tz=zones[OUR_ZONE] or "",
        asked={AS_OF.name: as_of or "", **{name: zone or "" for name, zone in zones.items()}},
    )


def _known(parts: Installation, actor: Actor, campaign_id: str, moment: Moment, after: int) -> _Known:
    history = history_page(parts, campaign_id, moment, after, HISTORY_SHOWN_MAX) if actor.sees_numbers else None
    changes = changes_page(parts, actor, campaign_id, moment, 0, CHANGES_SHOWN_MAX).items
    read, reached = parts.reads.campaign(campaign_id, moment), None
    if read.state.plan.script is not None:
        # The latest version is the campaign's script.
        versions = versions_page(parts, actor, campaign_id, moment, 0, VERSIONS_MAX).items
        reached = steps_reached(parts, campaign_id, moment, str(versions[-1].version))
    zone = None if _timed(read.state) is None else usual_zone(parts, campaign_id, moment)
    return _Known(read, changes, history, reached, zone)


def _zone_asked(request: Request, name: str) -> str | None:
    zone = request.query_params.get(name, "").strip() or None
    if zone is not None and (zone not in known_zones() or zone_info(zone) is None):
        raise InvalidInput(name, f"{zone!r} is no IANA time zone that is known here; write it like Europe/Berlin")
    return zone


def _timed(state: CampaignState) -> Policy | None:
    """The policy, where it has a word on hours or dates."""
    policy = state.plan.policy
    return policy if policy is not None and (policy.hours or policy.excluded_dates or policy.holidays) else None


def _sentences(campaign: CampaignShown) -> list[tuple[str, list[str]]]:
    """What policy and lookup say, by what it is about."""
    lookup = lookup_sentences(campaign.lookup, campaign.lookup_ttl_seconds)
    return [*policy_groups(campaign.policy), *([("Lookup", lookup)] if lookup else [])]


def _week(known: _Known, zones: Mapping[str, str | None], moment: Moment, viewers: str) -> WeekHours | None:
    """The coming seven days; None where any hour will do. People are where somebody says, or where most of the first of
    them are; the reader is where they say, or in the zone of all their pages.
    """
    policy = _timed(known.read.state)
    if policy is None:
        return None
    theirs = zones[THEIR_ZONE] or known.zone or UTC_ZONE
    return week_hours(policy, _clock(theirs), _clock(zones[OUR_ZONE] or viewers), moment.instant)


def _clock(zone: str) -> ZoneInfo:
    return zone_info(zone) or ZoneInfo(UTC_ZONE)


ROUTES = [PageRoute("/campaigns/{id}/plan", show, takes=(AFTER.name, AS_OF.name, THEIR_ZONE, OUR_ZONE))]
