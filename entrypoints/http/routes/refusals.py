"""What MiniVoice refused a campaign's calls with, over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.refusals import refusals_at
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parameters import CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/refusals."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    return JsonResponse(await asyncio.to_thread(refusals_at, parts, actor, campaign_id, await views_moment(request)))


ROUTES = [Route("/v1/campaigns/{id}/refusals", listing, methods=["GET"])]
