"""Two calls side by side over HTTP, folded from the ledger at each request."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.installation import Installation
from application.queries.masking import shown_word
from domain.call import CallState
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import call_stream, parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value
from projections.call_comparison import Difference, Pair, compare_calls

HIDDEN = None


async def compare(request: Request) -> Response:
    """GET /v1/calls/{id}/compare/{other}."""
    actor = allow(request, READS)
    parts = parts_of(request)
    ids = [parse_call_id(path_value(request, name), f"{name} (a call id)") for name in ("id", "other")]
    position = (await as_of(request)).position
    streams = await asyncio.to_thread(_read, parts, ids, position)
    for call_id, stream in zip(ids, streams, strict=True):
        if not stream:
            raise NotFound(
                f"{_place(ids, call_id)} call is not in the ledger; `dialtrail status CAMPAIGN NUMBER` shows call ids"
            )
    found = compare_calls(ids[0], streams[0], ids[1], streams[1])
    if found is None:
        raise NotFound("nothing is known of one of the calls")
    return JsonResponse(
        {
            "a": _heading(ids[0], found.a.state, actor),
            "b": _heading(ids[1], found.b.state, actor),
            "state": [_difference(one, actor) for one in found.state],
            "pairs": [_pair(pair, actor) for pair in found.pairs],
            "same": not found.state and all(_is_same(pair) for pair in found.pairs),
            "left_out": found.left_out,
            "position": position,
        }
    )


def _read(parts: Installation, ids: Sequence[str], position: int) -> list[list[Recorded]]:
    return [parts.ledger.read_stream(call_stream(call_id), position) for call_id in ids]


def _place(ids: list[str], call_id: str) -> str:
    return "the first" if call_id == ids[0] else "the second"


def _is_same(pair: Pair) -> bool:
    return pair.a_position is not None and pair.b_position is not None and not pair.differences


def _heading(call_id: str, state: CallState, actor: Actor) -> dict[str, Any]:
    claim = state.claim
    return {
        "call_id": call_id,
        "campaign_id": None if claim is None else claim.campaign_id,
        "phase": state.phase,
        "outcome": state.outcome,
        "reached": state.reached,
        "step": shown_word(state.step, actor),
    }


def _pair(pair: Pair, actor: Actor) -> dict[str, Any]:
    return {
        "event": pair.event,
        "step": shown_word(pair.step, actor),
        "a": None if pair.a_position is None else {"position": pair.a_position, "after_seconds": pair.a_after_seconds},
        "b": None if pair.b_position is None else {"position": pair.b_position, "after_seconds": pair.b_after_seconds},
        "differences": [_difference(one, actor) for one in pair.differences],
    }


def _difference(one: Difference, actor: Actor) -> dict[str, Any]:
    """Viewers see that something differs, and what it is called where that is a word; not what it says."""
    if actor.sees_numbers:
        return {"field": one.field, "a": one.a, "b": one.b}
    return {"field": shown_word(one.field, actor) or "", "a": HIDDEN, "b": HIDDEN}


ROUTES = [Route("/v1/calls/{id}/compare/{other}", compare, methods=["GET"])]
