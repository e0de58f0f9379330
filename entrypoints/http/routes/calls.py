"""Calls over HTTP: folded from the ledger at each request, so they have all that was acknowledged before it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.minivoice_insights import answered_data
from application.actor import Actor
from application.installation import Installation
from application.queries.masking import shown_text, shown_word, word_or_none
from application.views.reads import CallsAsked
from domain.call import CallState
from domain.call.state import OUTCOMES, Phase
from domain.errors import InvalidInput, NotFound
from domain.events import Recorded
from domain.identity import call_stream, parse_call_id
from domain.phone_number import mask
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse, event_body
from entrypoints.http.parts import POSITIONS_MAX, as_of, moment_of, parts_of, path_value, whole_number
from projections.call_index import ANOMALIES, CallRow
from projections.call_insights import Insight, insights_of
from projections.call_journey import Entry, Journey, journey

CALLS_PAGE_DEFAULT = 100
CALLS_PAGE_MAX = 1_000
EVENTS_PAGE_DEFAULT = 100
EVENTS_PAGE_MAX = 1_000
# Those that may hold what the provider wrote freely, or from which a number could be found by trying.
PERSONAL_DETAILS = frozenset({"digits", "name", "digest"})


async def listing(request: Request) -> Response:
    """GET /v1/calls."""
    actor = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request, "limit", CALLS_PAGE_DEFAULT, 1, CALLS_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    if "as_of" in request.query_params:
        raise InvalidInput("as_of", "is taken by one call and its timeline; this list is of what is known now")
    asked = CallsAsked(
        campaign_id=request.query_params.get("campaign"),
        phase=_one_of(request, "phase", get_args(Phase)),
        outcome=_one_of(request, "outcome", OUTCOMES),
        anomaly=_one_of(request, "anomaly", ANOMALIES),
    )
    await moment_of(request)
    read = await asyncio.to_thread(parts.reads.calls, asked, after, limit)
    following = None if read.following is None else str(read.following)
    items = [_listed(row, actor) for row in read.rows]
    return JsonResponse({"items": items, "next": following, "position": read.position})


def _listed(row: CallRow, actor: Actor) -> dict[str, Any]:
    return {
        "call_id": row.call_id,
        "campaign_id": row.campaign_id,
        "number": _number(row.to_number, actor),
        "direction": shown_word(row.direction, actor),
        "phase": row.phase,
        "outcome": row.outcome,
        "reached": row.reached,
        "step": shown_word(row.step, actor),
        "created_at": row.created_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
        "heard_at": row.heard_at,
        "anomalies": row.anomalies,
    }


def _one_of(request: Request, name: str, words: Sequence[str]) -> str | None:
    word = request.query_params.get(name)
    if word is not None and word not in words:
        raise InvalidInput(name, f"is none of {', '.join(words)}")
    return word


async def show(request: Request) -> Response:
    """GET /v1/calls/{id}."""
    actor = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    position = (await as_of(request)).position
    found, stream = await asyncio.to_thread(_read, parts, call_id, position)
    number = await asyncio.to_thread(_number_called, parts, found.state)
    parties = found.state.parties
    claim = found.state.claim
    return JsonResponse(
        {
            **_heading(found, number, actor),
            "attempt_id": None if claim is None else claim.attempt_id,
            "claimed_by": None if claim is None else claim.how,
            "direction": None if parties is None else shown_word(parties.direction or None, actor),
            "from": None if parties is None else _number(parties.from_number, actor),
            "to": None if parties is None else _number(parties.to_number, actor),
            "insights": {kind: _insight(one, actor) for kind, one in insights_of(stream).items()},
            "position": position,
        }
    )


async def timeline(request: Request) -> Response:
    """GET /v1/calls/{id}/timeline."""
    actor = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    position = (await as_of(request)).position
    found, _ = await asyncio.to_thread(_read, parts, call_id, position)
    number = await asyncio.to_thread(_number_called, parts, found.state)
    return JsonResponse(
        {
            **_heading(found, number, actor),
            "entries": [_entry(entry, actor) for entry in found.entries],
            "position": position,
        }
    )


async def events(request: Request) -> Response:
    """GET /v1/calls/{id}/events."""
    actor = allow(request, READS)
    parts, call_id = parts_of(request), _call_id(request)
    limit = whole_number(request, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    position = (await as_of(request)).position
    _, stream = await asyncio.to_thread(_read, parts, call_id, position)
    items = [recorded for recorded in stream if recorded.position > after]
    following = str(items[limit - 1].position) if len(items) > limit else None
    return JsonResponse(
        {"items": [shown_event(item, actor) for item in items[:limit]], "next": following, "position": position}
    )


async def feed(request: Request) -> Response:
    """GET /v1/events: the ledger itself, in its total order."""
    actor = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request, "limit", EVENTS_PAGE_DEFAULT, 1, EVENTS_PAGE_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    position = parts.ledger.position
    items = await asyncio.to_thread(parts.ledger.read_feed, after, limit)
    following = str(items[-1].position) if items and items[-1].position < position else None
    return JsonResponse(
        {"items": [shown_event(item, actor) for item in items], "next": following, "position": position}
    )


def shown_event(recorded: Recorded, actor: Actor) -> dict[str, Any]:
    """An event as feeds and lists show it; viewers do not see what it holds."""
    return {
        "position": recorded.position,
        "event": recorded.name,
        "stream": recorded.stream,
        "version": recorded.version,
        "event_id": recorded.event_id,
        "recorded_at": recorded.recorded_at,
        "metadata": recorded.metadata,
        "body": event_body(recorded) if actor.sees_numbers else None,
    }


def _call_id(request: Request) -> str:
    return parse_call_id(path_value(request, "id"), "call id")


def _read(parts: Installation, call_id: str, position: int) -> tuple[Journey, Sequence[Recorded]]:
    stream = parts.ledger.read_stream(call_stream(call_id), position)
    found = journey(call_id, stream)
    if found is None:
        raise NotFound(
            "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids"
        )
    return found, stream


def _heading(found: Journey, number: str | None, actor: Actor) -> dict[str, Any]:
    claim = found.state.claim
    return {
        "call_id": found.call_id,
        "campaign_id": None if claim is None else claim.campaign_id,
        "number": _number(number, actor),
        "state": _state(found.state, actor),
    }


def _number_called(parts: Installation, state: CallState) -> str | None:
    """The number of the person whose call it is; of a call that nobody claims, the one that the provider names."""
    claim, parties = state.claim, state.parties
    named = (parties.to_number or None) if parties is not None else None
    # Only the person's own number leads to their stream: mostly the provider's word is enough, and their stream is not read.
    if claim is None or (named is not None and parts.ledger.recipient_stream(named) == claim.recipient):
        return named
    return _number_behind(parts, claim.recipient)


def _number_behind(parts: Installation, stream: str) -> str | None:
    """The number of a person by their stream, from the ledger itself."""
    for recorded in parts.ledger.read_stream(stream):
        if isinstance(recorded.event, (RecipientEnrolled, RecipientSuppressed)):
            return recorded.event.number
    return None


def _state(state: CallState, actor: Actor) -> dict[str, Any]:
    return {
        "phase": state.phase,
        "outcome": state.outcome,
        "reached": state.reached,
        "step": shown_word(state.step, actor),
        "created_at": state.created_at,
        "answered_at": state.answered_at,
        "ended_at": state.ended_at,
        "contested": state.contested,
    }


def _entry(entry: Entry, actor: Actor) -> dict[str, Any]:
    return {
        "position": entry.position,
        "event": entry.event,
        "source": entry.source,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "deliveries": entry.deliveries,
        "notes": entry.notes,
        "key": entry.key if actor.sees_numbers or entry.source == "dialtrail" else "",
        "detail": entry.detail if actor.sees_numbers else _for_viewers(entry.detail),
    }


def _insight(insight: Insight, actor: Actor) -> dict[str, Any]:
    """One AI result; what it says is the caller's or the callee's own words, and not for viewers."""
    fetched = insight.fetched
    codes = [one.code for one in fetched.asked if one.code is not None]
    is_shown = fetched.result == "completed" and actor.sees_numbers
    return {
        "result": fetched.result,
        "recorded_at": insight.recorded_at,
        "asked": insight.asked,
        "asked_at": insight.asked_at,
        "code": shown_word(codes[-1] if codes else None, actor),
        "why": shown_text(fetched.why, actor),
        "data": answered_data(fetched.body) if is_shown else None,
    }


def _for_viewers(detail: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: word_or_none(value) if isinstance(value, str) else value for name, value in detail.items()}
    return {name: value for name, value in words.items() if name not in PERSONAL_DETAILS and value is not None}


def _number(number: str | None, actor: Actor) -> str | None:
    if not number:
        return None
    return number if actor.sees_numbers else mask(number)


ROUTES = [
    Route("/v1/calls", listing, methods=["GET"]),
    Route("/v1/calls/{id}", show, methods=["GET"]),
    Route("/v1/calls/{id}/timeline", timeline, methods=["GET"]),
    Route("/v1/calls/{id}/events", events, methods=["GET"]),
    Route("/v1/events", feed, methods=["GET"]),
]
