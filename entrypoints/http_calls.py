"""Calls over HTTP: folded from the ledger at each request, so they have all that was acknowledged before it."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.call import CallState
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import call_stream, parse_call_id
from domain.phone_number import mask
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from entrypoints.http_access import READS, Caller, allow
from entrypoints.http_json import JsonResponse, event_body
from entrypoints.http_parts import Parts, as_of, parts_of, path_value, whole_number
from projections.call_journey import Entry, Journey, journey

EVENTS_PAGE_DEFAULT = 100
EVENTS_PAGE_MAX = 1_000
POSITIONS_MAX = 10**15
PERSONAL_DETAILS = frozenset({"digits"})


async def show(request: Request) -> Response:
    """GET /v1/calls/{id}."""
    caller = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    position = as_of(request).position
    found, _ = _read(parts, call_id, position)
    parties = found.state.parties
    claim = found.state.claim
    return JsonResponse(
        {
            **_heading(parts, found, caller),
            "attempt_id": None if claim is None else claim.attempt_id,
            "claimed_by": None if claim is None else claim.how,
            "direction": None if parties is None else parties.direction or None,
            "from": None if parties is None else _number(parties.from_number, caller),
            "to": None if parties is None else _number(parties.to_number, caller),
            "position": position,
        }
    )


async def timeline(request: Request) -> Response:
    """GET /v1/calls/{id}/timeline."""
    caller = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    position = as_of(request).position
    found, _ = _read(parts, call_id, position)
    return JsonResponse(
        {
            **_heading(parts, found, caller),
            "entries": [_entry(entry, caller) for entry in found.entries],
            "position": position,
        }
    )


async def events(request: Request) -> Response:
    """GET /v1/calls/{id}/events."""
    caller = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    limit = whole_number(request, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    position = as_of(request).position
    _, stream = _read(parts, call_id, position)
    items = [recorded for recorded in stream if recorded.position > after]
    following = str(items[limit - 1].position) if len(items) > limit else None
    return JsonResponse(
        {"items": [shown_event(item, caller) for item in items[:limit]], "next": following, "position": position}
    )


async def feed(request: Request) -> Response:
    """GET /v1/events: the ledger itself, in its total order."""
    caller = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    position = parts.ledger.position
    items = await asyncio.to_thread(parts.ledger.read_feed, after, limit)
    following = str(items[-1].position) if items and items[-1].position < position else None
    return JsonResponse(
        {"items": [shown_event(item, caller) for item in items], "next": following, "position": position}
    )


def shown_event(recorded: Recorded, caller: Caller) -> dict[str, Any]:
    """An event as feeds and lists show it; viewers do not see what it holds."""
    return {
        "position": recorded.position,
        "event": recorded.name,
        "stream": recorded.stream,
        "version": recorded.version,
        "event_id": recorded.event_id,
        "recorded_at": recorded.recorded_at,
        "metadata": recorded.metadata,
        "body": event_body(recorded) if caller.sees_numbers else None,
    }


def _call_id(request: Request) -> str:
    return parse_call_id(path_value(request, "id"), "call id")


def _read(parts: Parts, call_id: str, position: int) -> tuple[Journey, Sequence[Recorded]]:
    stream = parts.ledger.read_stream(call_stream(call_id), position)
    found = journey(call_id, stream)
    if found is None:
        raise NotFound(
            "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids"
        )
    return found, stream


def _heading(parts: Parts, found: Journey, caller: Caller) -> dict[str, Any]:
    claim = found.state.claim
    number = None
    if claim is not None:
        number = _number_behind(parts, claim.recipient)
    elif found.state.parties is not None:
        number = found.state.parties.to_number or None
    return {
        "call_id": found.call_id,
        "campaign_id": None if claim is None else claim.campaign_id,
        "number": _number(number, caller),
        "state": _state(found.state),
    }


def _number_behind(parts: Parts, stream: str) -> str | None:
    """The number of a person by their stream, from the ledger itself."""
    for recorded in parts.ledger.read_stream(stream):
        if isinstance(recorded.event, (RecipientEnrolled, RecipientSuppressed)):
            return recorded.event.number
    return None


def _state(state: CallState) -> dict[str, Any]:
    return {
        "phase": state.phase,
        "outcome": state.outcome,
        "reached": state.reached,
        "step": state.step,
        "created_at": state.created_at,
        "answered_at": state.answered_at,
        "ended_at": state.ended_at,
        "contested": state.contested,
    }


def _entry(entry: Entry, caller: Caller) -> dict[str, Any]:
    hidden = frozenset() if caller.sees_numbers else PERSONAL_DETAILS
    return {
        "position": entry.position,
        "event": entry.event,
        "source": entry.source,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "deliveries": entry.deliveries,
        "notes": entry.notes,
        "key": entry.key,
        "detail": {name: value for name, value in entry.detail.items() if name not in hidden},
    }


def _number(number: str | None, caller: Caller) -> str | None:
    if not number:
        return None
    return number if caller.sees_numbers else mask(number)


ROUTES = [
    Route("/v1/calls/{id}", show, methods=["GET"]),
    Route("/v1/calls/{id}/timeline", timeline, methods=["GET"]),
    Route("/v1/calls/{id}/events", events, methods=["GET"]),
    Route("/v1/events", feed, methods=["GET"]),
]
