"""A campaign's life over HTTP: who created, revised, started, paused and resumed it, when, and why."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.history import history_page
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, path_value, whole_number

HISTORY_PAGE_DEFAULT = 100
HISTORY_PAGE_MAX = 1_000


async def history(request: Request) -> Response:
    """GET /v1/campaigns/{id}/history."""
    allow(request, FULL_READS)
    parts, campaign_id = parts_of(request), path_value(request, "id")
    limit = whole_number(request.query_params, "limit", HISTORY_PAGE_DEFAULT, 1, HISTORY_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(history_page, parts, campaign_id, moment, after, limit))


ROUTES = [Route("/v1/campaigns/{id}/history", history, methods=["GET"])]
