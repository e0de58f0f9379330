"""Campaigns: the list, one of them with the answer to "why is nobody being called?", and its plan with all that was changed."""

import asyncio
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.pages.inside import Inside, Json, Refused, raw
from entrypoints.pages.pace_chart import pace_chart
from entrypoints.pages.rendering import page
from entrypoints.pages.why_nobody import answer_of

PAGE_CAMPAIGNS = 50
CHANGES_SHOWN_MAX = 100
UNRESOLVED_SHOWN_MAX = 20
HISTORY_SHOWN_MAX = 100


async def listing(request: Request) -> Response:
    """GET /."""
    found = await inside(request).get(
        request, "/v1/campaigns", after=request.query_params.get("after"), limit=PAGE_CAMPAIGNS
    )
    return page(request, "campaigns.html", found=found, entries=found["items"])


async def show(request: Request) -> Response:
    """GET /campaigns/{id}."""
    api, path = inside(request), f"/v1/campaigns/{raw(request, 'id')}"
    campaign = await api.get(request, path)
    standing, changes, refusals, unresolved = await asyncio.gather(
        api.get(request, f"{path}/standing"),
        api.get(request, f"{path}/changes", limit=CHANGES_SHOWN_MAX),
        api.get(request, f"{path}/refusals"),
        _unresolved(request, campaign["id"]),
    )
    return page(
        request,
        "campaign.html",
        campaign=campaign,
        standing=standing,
        answer=answer_of(campaign, standing),
        waiting=[one for one in changes["items"] if one["status"] == "pending"],
        unresolved=unresolved,
        chart=pace_chart(campaign),
        acts=possible_acts(campaign),
        refusals=refusals["items"],
    )


async def plan(request: Request) -> Response:
    """GET /campaigns/{id}/plan."""
    api, path = inside(request), f"/v1/campaigns/{raw(request, 'id')}"
    campaign = await api.get(request, path)
    changes = await api.get(request, f"{path}/changes", limit=CHANGES_SHOWN_MAX)
    history = None
    if request.state.actor.sees_numbers:
        after = request.query_params.get("after")
        history = await api.get(request, f"{path}/history", after=after, limit=HISTORY_SHOWN_MAX)
    return page(
        request,
        "plan.html",
        campaign=campaign,
        changes=changes["items"],
        history=history,
        entries=[] if history is None else history["items"],
    )


def possible_acts(campaign: Json) -> list[str]:
    """What an operator may do with it as it stands."""
    match campaign["state"]:
        case "created":
            return ["start", "cancel"]
        case "running":
            return ["pause", "cancel"]
        case "paused":
            # An operator's pause may take the place of any other, so that no probe lifts it.
            is_operators = campaign["pause"] is not None and campaign["pause"]["cause"] == "operator"
            return ["resume", "cancel"] if is_operators else ["resume", "pause", "cancel"]
        case _:
            return []


async def _unresolved(request: Request, campaign_id: str) -> Json:
    try:
        return await inside(request).get(request, "/v1/attempts", campaign=campaign_id, limit=UNRESOLVED_SHOWN_MAX)
    except Refused as refused:
        return {"items": [], "next": None, "trouble": refused.detail}


def inside(request: Request) -> Inside:
    """The API, asked in this process."""
    return cast("Inside", request.app.state.inside)


HANDLERS: list[tuple[str, list[str], Any]] = [
    ("/", ["GET"], listing),
    ("/campaigns/{id}", ["GET"], show),
    ("/campaigns/{id}/plan", ["GET"], plan),
]
