"""Deliveries over HTTP: a call's, and the latest of all calls."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.installation import Installation
from application.queries.deliveries import DeliveredPage, delivered_page, deliveries_at
from application.queries.masking import shown_word
from application.queries.moments import moment_asked
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, whole_number
from entrypoints.http.routes.calls import call_id_of
from projections.deliveries import RESULTS, DeliveriesAsked, Result

DELIVERIES_PAGE_DEFAULT = 100
DELIVERIES_PAGE_MAX = 1_000


async def listing(request: Request) -> Response:
    """GET /v1/calls/{id}/deliveries."""
    actor, parts, call_id = allow(request, READS), parts_of(request), call_id_of(request)
    limit = whole_number(request.query_params, "limit", DELIVERIES_PAGE_DEFAULT, 1, DELIVERIES_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await as_of(request)
    return JsonResponse(await asyncio.to_thread(deliveries_at, parts, actor, call_id, moment, after, limit))


async def latest(request: Request) -> Response:
    """GET /v1/deliveries: of all calls, the latest first."""
    actor = allow(request, READS)
    limit = whole_number(request.query_params, "limit", DELIVERIES_PAGE_DEFAULT, 1, DELIVERIES_PAGE_MAX)
    return JsonResponse(await delivered_asked(parts_of(request), actor, request.query_params, limit))


async def delivered_asked(parts: Installation, actor: Actor, query: Mapping[str, str], limit: int) -> DeliveredPage:
    """The latest deliveries that a query asks for by `event`, `result`, `call`, `since`, `until` and `after`. Raises `InvalidInput`."""
    before = whole_number(query, "after", 0, 0, POSITIONS_MAX)
    end = parts.ledger.position
    until = (await moment_asked(parts, query.get("until"), "until")).position
    since = (await moment_asked(parts, query["since"], "since")).position if "since" in query else 0
    asked = DeliveriesAsked(
        event=_event(query.get("event"), actor),
        result=_result(query.get("result")),
        after_position=since,
        up_to_position=min(until, before - 1) if before else until,
    )
    call_id = parse_call_id(query["call"], "call") if "call" in query else None
    return await asyncio.to_thread(delivered_page, parts, actor, asked, call_id, limit, end)


def _event(wanted: str | None, actor: Actor) -> str | None:
    if wanted is not None and shown_word(wanted, actor) is None:
        raise InvalidInput("event", "must be an event's name, such as call.answered")
    return wanted


def _result(wanted: str | None) -> Result | None:
    result = next((known for known in RESULTS if known == wanted), None)
    if wanted is not None and result is None:
        raise InvalidInput("result", f"is none of {', '.join(RESULTS)}")
    return result


ROUTES = [
    Route("/v1/deliveries", latest, methods=["GET"]),
    Route("/v1/calls/{id}/deliveries", listing, methods=["GET"]),
]
