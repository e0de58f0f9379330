"""A campaign's life over HTTP: who created, revised, started, paused and resumed it, when, and why."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.revision import plan_changes
from application.queries.events import event_body
from domain.campaign import CampaignCreated, CampaignRevised, Plan, existing
from domain.events import Recorded
from domain.identity import campaign_stream
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, path_value, whole_number
from projections.folded import campaign_of

HISTORY_PAGE_DEFAULT = 100
HISTORY_PAGE_MAX = 1_000
TOLD_ELSEWHERE = frozenset({"campaign_id", "plan", "reason"})


async def history(request: Request) -> Response:
    """GET /v1/campaigns/{id}/history."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    limit = whole_number(request.query_params, "limit", HISTORY_PAGE_DEFAULT, 1, HISTORY_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await as_of(request)
    stream = await asyncio.to_thread(parts.ledger.read_stream, campaign_stream(campaign_id), moment.position)
    existing(campaign_of(stream), campaign_id)
    items = [item for item in _entries(stream) if item["position"] > after]
    following = str(items[limit - 1]["position"]) if len(items) > limit else None
    return JsonResponse({"items": items[:limit], "next": following, "position": moment.position})


def _entries(stream: list[Recorded]) -> list[dict[str, Any]]:
    """Each event, with what it changed in the plan, or would change where it only asks for that."""
    entries = []
    plan: Plan | None = None
    for recorded in stream:
        event: Any = recorded.event
        body = event_body(recorded)
        given: Plan | None = getattr(event, "plan", None)
        before = plan if plan is not None or given is None else Plan(caller_number=given.caller_number)
        entries.append(
            {
                "position": recorded.position,
                "event": recorded.name,
                "recorded_at": recorded.recorded_at,
                "actor": recorded.metadata.get("actor"),
                "reason": body.get("reason"),
                "changes": None if given is None or before is None else plan_changes(before, given),
                "details": {name: value for name, value in body.items() if name not in TOLD_ELSEWHERE},
            }
        )
        if isinstance(event, CampaignCreated | CampaignRevised):
            plan = event.plan
    return entries


ROUTES = [Route("/v1/campaigns/{id}/history", history, methods=["GET"])]
