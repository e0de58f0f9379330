"""The versions of a campaign's script over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.scripts import (
    VersionNumber,
    compared_scripts,
    script_at,
    versions_page,
)
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parameters import AS_OF, CAMPAIGN, PathPart, after, limit
from entrypoints.http.parts import parts_of

VERSIONS_MAX = 10**9
PAGE_VERSIONS_DEFAULT = 100
PAGE_VERSIONS_MAX = 1_000
AFTER = after(VERSIONS_MAX)
LIMIT = limit(PAGE_VERSIONS_DEFAULT, PAGE_VERSIONS_MAX)
VERSION = PathPart(name="version", kind=VersionNumber, means="its number")
OTHER = PathPart(name="other", kind=VersionNumber, means="the number of the other")


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    versions_max, place = LIMIT.read(request), AFTER.read(request)
    moment = await AS_OF.read(request)
    return JsonResponse(await asyncio.to_thread(versions_page, parts, actor, campaign_id, moment, place, versions_max))


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    moment, version = await AS_OF.read(request), VERSION.read(request)
    return JsonResponse(await asyncio.to_thread(script_at, parts, actor, campaign_id, moment, version))


async def compare(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}/compare/{other}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    moment, version, other = await AS_OF.read(request), VERSION.read(request), OTHER.read(request)
    return JsonResponse(await asyncio.to_thread(compared_scripts, parts, actor, campaign_id, moment, version, other))


ROUTES = [
    Route("/v1/campaigns/{id}/scripts", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}", show, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}/compare/{other}", compare, methods=["GET"]),
]
