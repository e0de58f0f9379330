"""Campaigns: the list, and one of them with the answer to "why is nobody being called?"."""

import asyncio

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.campaign_notes import notes_now
from application.installation import Installation
from application.moment import Moment
from application.queries.attempts import UnresolvedShown, unresolved_attempts
from application.queries.campaign import CampaignShown, shown_campaign
from application.queries.campaigns import STATES, Order, campaigns_page
from application.queries.changes import ChangeShown, changes_page
from application.queries.figures import DAY, STEPS_MAX, CallFigures, figures_of
from application.queries.moments import moment_in_views
from application.queries.pace import Minutes
from application.queries.refusals import RefusalShown, shown_refusals
from application.queries.standing import StandingShown, standing_now
from application.silence import silence_now
from application.views.reads import CampaignRead
from domain.errors import DialtrailError, InvalidInput
from entrypoints.http.access import READS, allow
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.campaigns import STATE
from entrypoints.pages.agents import agents_of
from entrypoints.pages.calls_chart import LAST_HOUR, RANGE, SPANS, CallsChart, calls_chart
from entrypoints.pages.pace_chart import PACE, USUAL, PaceCharts, pace_charts
from entrypoints.pages.pace_chart import SPANS as PACE_SPANS
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.recipient_hours_chart import RecipientHoursChart, recipient_hours_chart
from entrypoints.pages.rendering import page
from entrypoints.pages.why_nobody import answer_of

PAGE_CAMPAIGNS = 50
TRIES = "tries"
CHANGES_SHOWN_MAX = 100
UNRESOLVED_SHOWN_MAX = 20


async def listing(request: Request) -> Response:
    """GET /campaigns."""
    actor, parts = allow(request, READS), parts_of(request)
    after, with_tries = AFTER.read(request), request.query_params.get(TRIES) == "shown"
    state = STATE.of({"state": given}) if (given := request.query_params.get(STATE.name)) else None
    moment = await moment_in_views(parts, None)
    order: Order = "newest" if with_tries else "newest_without_tries"
    found = await asyncio.to_thread(campaigns_page, parts, actor, moment, after, PAGE_CAMPAIGNS, order, state)
    silence = await silence_now(parts)
    return page(
        request,
        "campaigns.html",
        found=found,
        entries=found.items,
        silence=silence,
        with_tries=with_tries,
        state=state or "",
        states=STATES,
        after=after,
    )


async def show(request: Request) -> Response:
    """GET /campaigns/{id}?as_of=: in the past, what was known of it then; who could be called is answered for now alone."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    as_of = request.query_params.get(AS_OF.name) or None
    usual = LAST_HOUR if as_of else "day"
    span = RANGE.of({"range": request.query_params.get("range") or usual}) or usual
    if as_of and span != LAST_HOUR:
        raise InvalidInput(
            "range", f"with as_of only {LAST_HOUR}: what became of calls by the hour is counted as of now"
        )
    minutes = PACE.of({"pace": request.query_params.get("pace") or USUAL}) or USUAL
    moment = await moment_in_views(parts, as_of)
    known = await asyncio.to_thread(_known, parts, actor, campaign_id, moment, span, minutes)
    campaign = shown_campaign(actor, known.read, [] if moment.is_past else await notes_now(parts, campaign_id))
    return page(
        request,
        "campaign.html",
        campaign=campaign,
        standing=known.standing,
        answer=None if known.standing is None else answer_of(campaign, known.standing),
        waiting=[one for one in known.changes if one.status == "pending"],
        unresolved=[] if moment.is_past else await _unresolved(parts, actor, campaign_id),
        chart=known.chart,
        ends=known.ends,
        spans={name: span.text for name, span in SPANS.items()},
        their_hours=known.their_hours,
        pace=known.pace,
        pace_spans=PACE_SPANS,
        acts=[] if moment.is_past else possible_acts(campaign),
        agents=None if moment.is_past else await agents_of(parts, actor, campaign),
        as_of=as_of or "",
        refusals=known.refusals,
    )


class _Known(Struct, frozen=True):
    """What a campaign's page shows of it, but for what is in flight."""

    read: CampaignRead
    standing: StandingShown | None
    changes: list[ChangeShown]
    refusals: list[RefusalShown]
    chart: CallsChart | None
    ends: CallFigures | None
    their_hours: RecipientHoursChart | None
    pace: PaceCharts


def _known(parts: Installation, actor: Actor, campaign_id: str, moment: Moment, span: str, minutes: Minutes) -> _Known:
    read = parts.reads.campaign(campaign_id, moment)
    return _Known(
        read,
        None if moment.is_past else standing_now(parts, campaign_id, moment),
        changes_page(parts, actor, campaign_id, moment, 0, CHANGES_SHOWN_MAX).items,
        shown_refusals(parts, actor, read).items,
        None if moment.is_past else calls_chart(parts, moment, campaign_id, span),
        None if moment.is_past else _ends(parts, campaign_id, read, moment),
        None if moment.is_past else recipient_hours_chart(parts, moment, campaign_id, span),
        pace_charts(parts, moment, campaign_id, minutes),
    )


def _ends(parts: Installation, campaign_id: str, read: CampaignRead, moment: Moment) -> CallFigures:
    """What became of all its calls, of the last two years."""
    earliest = moment.instant - (STEPS_MAX - 1) * DAY
    since = max(read.state.created_at, earliest)
    return figures_of(parts, moment, campaign_id, "day", since, None).total


def possible_acts(campaign: CampaignShown) -> list[str]:
    """What an operator may do with it as it stands."""
    match campaign.state:
        case "created":
            return ["start", "cancel"]
        case "running":
            return ["pause", "cancel"]
        case "paused":
            # An operator's pause may take the place of any other, so that no probe lifts it.
            is_operators = campaign.pause is not None and campaign.pause.cause == "operator"
            return ["resume", "cancel"] if is_operators else ["resume", "pause", "cancel"]
        case _:
            return []


async def _unresolved(parts: Installation, actor: Actor, campaign_id: str) -> list[UnresolvedShown]:
    try:
        return (await unresolved_attempts(parts, actor, campaign_id, 0, UNRESOLVED_SHOWN_MAX)).items
    except DialtrailError:  # the rest of the page is worth showing without them
        return []


ROUTES = [
    PageRoute("/campaigns", listing, takes=(STATE.name, AFTER.name, TRIES)),
    PageRoute("/campaigns/{id}", show, takes=(RANGE.name, PACE.name, AS_OF.name)),
]
