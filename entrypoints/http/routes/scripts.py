"""The versions of a campaign's script over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.scripts import compared_scripts, script_at, versions_page
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value, whole_number

VERSIONS_MAX = 10**9
PAGE_VERSIONS_DEFAULT = 100
PAGE_VERSIONS_MAX = 1_000


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    limit = whole_number(request.query_params, "limit", PAGE_VERSIONS_DEFAULT, 1, PAGE_VERSIONS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, VERSIONS_MAX)
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(versions_page, parts, actor, campaign_id, moment, after, limit))


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    moment, version = await as_of(request), path_value(request, "version")
    return JsonResponse(await asyncio.to_thread(script_at, parts, actor, campaign_id, moment, version))


async def compare(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}/compare/{other}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    moment, version, other = await as_of(request), path_value(request, "version"), path_value(request, "other")
    return JsonResponse(await asyncio.to_thread(compared_scripts, parts, actor, campaign_id, moment, version, other))


ROUTES = [
    Route("/v1/campaigns/{id}/scripts", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}", show, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}/compare/{other}", compare, methods=["GET"]),
]
