"""Events over HTTP: a call's, and the ledger itself, in its total order."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.events import call_events_at, feed
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, whole_number
from entrypoints.http.routes.calls import call_id_of

EVENTS_PAGE_DEFAULT = 100
EVENTS_PAGE_MAX = 1_000


async def of_call(request: Request) -> Response:
    """GET /v1/calls/{id}/events."""
    actor, parts, call_id = allow(request, READS), parts_of(request), call_id_of(request)
    limit = whole_number(request.query_params, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(call_events_at, parts, actor, call_id, moment, after, limit))


async def of_ledger(request: Request) -> Response:
    """GET /v1/events."""
    actor = allow(request, READS)
    limit = whole_number(request.query_params, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    return JsonResponse(await asyncio.to_thread(feed, parts_of(request), actor, after, limit))


ROUTES = [
    Route("/v1/calls/{id}/events", of_call, methods=["GET"]),
    Route("/v1/events", of_ledger, methods=["GET"]),
]
