"""Deliveries over HTTP: a call's, first and repeated ones, as they came, and the latest of all calls."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.queries.masking import shown_text, shown_word
from domain.errors import InvalidInput, NotFound
from domain.identity import call_stream, parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, moment_named, parts_of, path_value, whole_number
from projections.deliveries import (
    RESULTS,
    Delivered,
    DeliveriesAsked,
    Delivery,
    Result,
    deliveries_of,
    latest_deliveries,
    latest_deliveries_in,
)

DELIVERIES_PAGE_DEFAULT = 100
DELIVERIES_PAGE_MAX = 1_000
LATEST_EVENTS_MAX = 5_000
ANSWERED = 204


async def listing(request: Request) -> Response:
    """GET /v1/calls/{id}/deliveries."""
    actor = allow(request, READS)
    parts = parts_of(request)
    call_id = parse_call_id(path_value(request, "id"), "call id")
    limit = whole_number(request, "limit", DELIVERIES_PAGE_DEFAULT, 1, DELIVERIES_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    position = (await as_of(request)).position
    stream = await asyncio.to_thread(parts.ledger.read_stream, call_stream(call_id), position)
    if not stream:
        raise NotFound(
            "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids"
        )
    items = [one for one in deliveries_of(stream) if one.position > after]
    following = str(items[limit - 1].position) if len(items) > limit else None
    shown = [shown_delivery(one, actor) for one in items[:limit]]
    return JsonResponse({"call_id": call_id, "items": shown, "next": following, "position": position})


def shown_delivery(one: Delivery, actor: Actor) -> dict[str, Any]:
    """A delivery as lists show it; viewers see what came when, not what it said."""
    sees_all = actor.sees_numbers
    return {
        "position": one.position,
        "event": shown_word(one.event, actor) or "",
        "nth": one.nth,
        "is_repeat": one.is_repeat,
        "is_changed": one.is_changed,
        "occurred_at": one.occurred_at,
        "received_at": one.received_at,
        "recorded_at": one.recorded_at,
        "since_last_seconds": one.since_last_seconds,
        "stored_after_seconds": one.stored_after_seconds,
        "answered": ANSWERED,
        "key": one.key if sees_all else "",
        "digest": one.digest if sees_all else "",
        "headers": one.headers if sees_all else {},
        "body": one.body if sees_all else None,
    }


async def latest(request: Request) -> Response:
    """GET /v1/deliveries: of all calls, the latest first."""
    actor = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request, "limit", DELIVERIES_PAGE_DEFAULT, 1, DELIVERIES_PAGE_MAX)
    before = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    call_id = request.query_params.get("call")
    position = parts.ledger.position
    until = (await moment_named(request, "until")).position
    since = 0
    if "since" in request.query_params:
        since = (await moment_named(request, "since")).position
    asked = DeliveriesAsked(
        event=_event(request, actor),
        result=_result(request),
        after_position=since,
        up_to_position=min(until, before - 1) if before else until,
    )
    if call_id is None:
        found = await asyncio.to_thread(latest_deliveries, parts.ledger.read_feed, asked, limit, LATEST_EVENTS_MAX)
    else:
        stream = call_stream(parse_call_id(call_id, "call"))
        events = await asyncio.to_thread(parts.ledger.read_stream, stream, asked.up_to_position)
        found = latest_deliveries_in(events, asked, limit)
    return JsonResponse(
        {
            "items": [_shown_latest(one, actor) for one in found.items],
            "next": None if found.before is None else str(found.before),
            "position": position,
        }
    )


def _event(request: Request, actor: Actor) -> str | None:
    wanted = request.query_params.get("event")
    if wanted is not None and shown_word(wanted, actor) is None:
        raise InvalidInput("event", "must be an event's name, such as call.answered")
    return wanted


def _result(request: Request) -> Result | None:
    wanted = request.query_params.get("result")
    result = next((known for known in RESULTS if known == wanted), None)
    if wanted is not None and result is None:
        raise InvalidInput("result", f"is none of {', '.join(RESULTS)}")
    return result


def _shown_latest(one: Delivered, actor: Actor) -> dict[str, Any]:
    return {
        "position": one.position,
        "call_id": one.call_id,
        "event": shown_word(one.event, actor),
        "result": one.result,
        "occurred_at": one.occurred_at,
        "received_at": one.received_at,
        "recorded_at": one.recorded_at,
        "stored_after_seconds": one.stored_after_seconds,
        "answered": ANSWERED,
        "reason": shown_text(one.reason, actor),
    }


ROUTES = [
    Route("/v1/deliveries", latest, methods=["GET"]),
    Route("/v1/calls/{id}/deliveries", listing, methods=["GET"]),
]
