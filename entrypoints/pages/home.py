"""Home: what needs somebody, what was called today, calls by the hour, and the campaigns, the newest first."""

import asyncio

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.account import UsageShown, last_usage
from application.queries.attention import NeedShown, attention_now
from application.queries.campaigns import CampaignsPage, campaigns_page
from application.queries.figures import FiguresShown, figures_of
from application.queries.moments import moment_in_views
from application.queries.pace import Minutes
from entrypoints.http.access import READS, allow
from entrypoints.http.parts import parts_of
from entrypoints.pages.calls_chart import RANGE, SPANS, CallsChart, calls_chart
from entrypoints.pages.pace_chart import PACE, USUAL, PaceCharts, pace_charts
from entrypoints.pages.pace_chart import SPANS as PACE_SPANS
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

CAMPAIGNS_SHOWN_MAX = 12
SETTLED_AT = {
    "damage": "/integrity",
    "clock": "/integrity",
    "account": "/integrity#account",
    "views": "/integrity",
    "silence": "/integrity",
    "subscriber": "/subscriptions",
    "divergence": "/divergence",
    "quarantine": "/quarantine",
}
SETTLED_IN_CAMPAIGN = {
    "pause": "",
    "idle": "#why",
    "approval": "#changes",
    "unresolved": "#unresolved",
    "budget": "/plan",
}


class NeedLinked(Struct, frozen=True, kw_only=True):
    """What needs somebody, and the page where it is settled."""

    need: NeedShown
    address: str


class _Read(Struct, frozen=True):
    campaigns: CampaignsPage
    today: FiguresShown
    chart: CallsChart
    pace: PaceCharts


async def show(request: Request) -> Response:
    """GET /."""
    actor, parts = allow(request, READS), parts_of(request)
    name = RANGE.of({"range": request.query_params.get("range") or "day"}) or "day"
    minutes = PACE.of({"pace": request.query_params.get("pace") or USUAL}) or USUAL
    moment = await moment_in_views(parts, None)
    read = await asyncio.to_thread(_read, parts, actor, moment, name, minutes)
    attention = await attention_now(parts)
    return page(
        request,
        "home.html",
        needs=[NeedLinked(need=one, address=page_of(one.need, one.campaign_id)) for one in attention.items],
        left_out=attention.left_out,
        campaigns=read.campaigns.items,
        has_more=read.campaigns.next is not None,
        today=read.today,
        spent=_spent(parts),
        chart=read.chart,
        spans={name: span.text for name, span in SPANS.items()},
        pace=read.pace,
        pace_spans=PACE_SPANS,
    )


def _read(parts: Installation, actor: Actor, moment: Moment, name: str, minutes: Minutes) -> _Read:
    midnight = moment.instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return _Read(
        campaigns_page(parts, actor, moment, 0, CAMPAIGNS_SHOWN_MAX, "newest_without_tries"),
        figures_of(parts, moment, None, "hour", midnight, None),
        calls_chart(parts, moment, None, name),
        pace_charts(parts, moment, None, minutes),
    )


def _spent(parts: Installation) -> UsageShown | None:
    return last_usage(parts.in_flight.account)


def page_of(need: str, campaign_id: str | None) -> str:
    """The page where it is settled."""
    if campaign_id is None:
        return SETTLED_AT.get(need, "/")
    return f"/campaigns/{segment(campaign_id)}{SETTLED_IN_CAMPAIGN.get(need, '')}"


ROUTES = [PageRoute("/", show, takes=(RANGE.name, PACE.name))]
