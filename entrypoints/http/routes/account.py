"""The account behind the API key over HTTP: what holds it up, what it holds back, what is known of its limits."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.commands import account
from application.installation import Installation
from application.pauses import explain_hold, explain_pause
from application.queries.masking import shown_text, shown_word
from domain.account import AccountPause, DestinationHeld, Usage
from domain.errors import InvalidInput
from domain.events import Recorded
from domain.identity import account_stream
from domain.phone_number import mask
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value
from projections.folded import account_of

HOLDS_SHOWN_MAX = 1_000
ANY_CAMPAIGN = "CAMPAIGN"
PREFIX_PATTERN = r"^\+[1-9][0-9]{0,14}$"
_PREFIX = re.compile(PREFIX_PATTERN, re.ASCII)


class HeldNumbers(Struct, frozen=True):
    """Numbers that are not dialled, on whose word, and since when."""

    event: DestinationHeld
    at: datetime


async def show(request: Request) -> Response:
    """GET /v1/account."""
    actor = allow(request, READS)
    parts = parts_of(request)
    await parts.account_known()
    position = (await as_of(request)).position
    events = await asyncio.to_thread(_events, parts, position)
    state = account_of(events)
    held = [hold for hold in _last_holds(events) if hold.event.prefix in state.held_prefixes]
    return JsonResponse(
        {
            "pause": None if state.pause is None else _pause(state.pause, actor),
            "holds": [_hold(hold, actor) for hold in held[:HOLDS_SHOWN_MAX]],
            "holds_in_all": len(held),
            "limits": state.limits,
            "usages": [_usage(usage) for usage in state.usages.values()],
            "position": position,
        }
    )


async def release(request: Request) -> Response:
    """DELETE /v1/account/holds/{prefix}."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    prefix = path_value(request, "prefix")
    if _PREFIX.fullmatch(prefix) is None:
        raise InvalidInput("prefix", "must be the + and the digits that a number begins with, such as +1555")
    await parts.fresh()
    done = await parts.ledger.execute(
        account.release_destinations(parts.in_flight.fingerprint, prefix),
        lane="commands",
        metadata=actor.metadata,
    )
    return JsonResponse({"prefix": prefix, "released": done.result, "position": done.position})


def _events(parts: Installation, position: int) -> Sequence[Recorded]:
    fingerprint = parts.in_flight.fingerprint
    return [] if fingerprint is None else list(parts.ledger.read_stream(account_stream(fingerprint), position))


def _last_holds(events: Sequence[Recorded]) -> list[HeldNumbers]:
    """Each prefix with what it was held by last, in the order in which that was said."""
    holds: dict[str, HeldNumbers] = {}
    for recorded in events:
        if isinstance(recorded.event, DestinationHeld):
            holds.pop(recorded.event.prefix, None)
            holds[recorded.event.prefix] = HeldNumbers(recorded.event, recorded.recorded_at)
    return list(holds.values())


def _pause(pause: AccountPause, actor: Actor) -> dict[str, Any]:
    told = explain_pause(pause, ANY_CAMPAIGN)
    return {
        "cause": pause.cause,
        "code": shown_word(pause.code, actor),
        "status": pause.status,
        "body": shown_text(pause.body, actor),
        "at": pause.at,
        "reason": told.reason,
        "probes": pause.probes,
        "what_to_do": told.what_to_do,
    }


def _hold(hold: HeldNumbers, actor: Actor) -> dict[str, Any]:
    told = explain_hold(hold.event.code)
    return {
        "prefix": hold.event.prefix if actor.sees_numbers else mask(hold.event.prefix),
        "code": shown_word(hold.event.code, actor),
        "body": shown_text(hold.event.body, actor),
        "at": hold.at,
        "reason": told.reason,
        "what_to_do": told.what_to_do,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    said = usage.observed
    return {
        "from": said.window_from,
        "to": said.window_to,
        "calls": said.calls,
        "billsec_seconds": said.billsec_seconds,
        "cost_amount": said.cost_amount,
        "cost_currency": said.cost_currency,
        "at": usage.at,
    }


ROUTES = [
    Route("/v1/account", show, methods=["GET"]),
    Route("/v1/account/holds/{prefix}", release, methods=["DELETE"]),
]
