"""Recipients over HTTP: list them, look at one."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.recipient import recipient_at
from application.queries.recipients import recipients_page
from domain.status import STATUSES
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parameters import AS_OF, CAMPAIGN, NUMBER, OneOf, after, limit, views_moment
from entrypoints.http.parts import parts_of

PAGE_ROWS_DEFAULT = 100
PAGE_ROWS_MAX = 1_000
PLACES_MAX = 10**12
AFTER = after(PLACES_MAX)
LIMIT = limit(PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX)
STATUS = OneOf(name="status", words=STATUSES, means="only those")


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    rows_max, place = LIMIT.read(request), AFTER.read(request)
    status = STATUS.read(request)
    moment = await views_moment(request)
    return JsonResponse(
        await asyncio.to_thread(recipients_page, parts, actor, campaign_id, moment, status, place, rows_max)
    )


async def one(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    number = NUMBER.read(request)
    await parts.account_known()
    moment = await AS_OF.read(request)
    return JsonResponse(await asyncio.to_thread(recipient_at, parts, actor, campaign_id, number, moment))


ROUTES = [
    Route("/v1/campaigns/{id}/recipients", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/recipients/{number}", one, methods=["GET"]),
]
