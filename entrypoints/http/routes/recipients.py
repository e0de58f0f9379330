"""Recipients over HTTP: list them, look at one."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.recipient import recipient_at
from application.queries.recipients import recipients_page
from domain.errors import InvalidInput
from domain.phone_number import parse_number
from domain.status import STATUSES, Status
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, moment_of, parts_of, path_value, whole_number

PAGE_ROWS_DEFAULT = 100
PAGE_ROWS_MAX = 1_000
PLACES_MAX = 10**12


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    limit = whole_number(request.query_params, "limit", PAGE_ROWS_DEFAULT, 1, PAGE_ROWS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, PLACES_MAX)
    status = status_asked(request.query_params)
    moment = await moment_of(request)
    return JsonResponse(
        await asyncio.to_thread(recipients_page, parts, actor, campaign_id, moment, status, after, limit)
    )


def status_asked(query: Mapping[str, str]) -> Status | None:
    """The status that a query asks for. Raises `InvalidInput`."""
    wanted = query.get("status")
    status = next((known for known in STATUSES if known == wanted), None)
    if wanted is not None and status is None:
        raise InvalidInput("status", f"is none of {', '.join(STATUSES)}")
    return status


async def one(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), path_value(request, "id")
    number = number_asked(request)
    await parts.account_known()
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(recipient_at, parts, actor, campaign_id, number, moment))


def number_asked(request: Request) -> str:
    """The number in the path. Raises `InvalidInput`."""
    return parse_number(path_value(request, "number"), "number")


ROUTES = [
    Route("/v1/campaigns/{id}/recipients", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/recipients/{number}", one, methods=["GET"]),
]
