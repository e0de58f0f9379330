"""The dialer's judgement over HTTP: why somebody is or was not called, and every verdict on disk once more."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.decisions import compared_decisions
from application.queries.recipient import explanation_at
from entrypoints.http.access import FULL_READS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, path_value, whole_number
from entrypoints.http.routes.recipients import number_asked

DECISIONS_EVENTS_DEFAULT = 500
DECISIONS_EVENTS_MAX = 1_000


async def explained(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}/explain."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    number = number_asked(request)
    await parts.account_known()
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(explanation_at, parts, actor, campaign_id, number, moment))


async def compare(request: Request) -> Response:
    """GET /v1/decisions/compare: one step over the ledger, with the verdict of each attempt on the way."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    limit = whole_number(request.query_params, "limit", DECISIONS_EVENTS_DEFAULT, 1, DECISIONS_EVENTS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    campaign_id = request.query_params.get("campaign")
    await parts.account_known()
    return JsonResponse(await asyncio.to_thread(compared_decisions, parts, campaign_id, after, limit))


ROUTES = [
    Route("/v1/campaigns/{id}/recipients/{number}/explain", explained, methods=["GET"]),
    Route("/v1/decisions/compare", compare, methods=["GET"]),
]
