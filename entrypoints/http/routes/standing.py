"""Why nobody is being called, over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.standing import standing_now
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parameters import CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/standing."""
    allow(request, READS)
    parts, moment = parts_of(request), await views_moment(request)
    return JsonResponse(await asyncio.to_thread(standing_now, parts, CAMPAIGN.read(request), moment))


ROUTES = [Route("/v1/campaigns/{id}/standing", show, methods=["GET"])]
