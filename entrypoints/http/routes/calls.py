"""Calls over HTTP: the list, and one with its timeline."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.call import call_at
from application.queries.call_timeline import timeline_at
from application.queries.calls import CallsAsked, calls_page
from domain.call.facts import OUTCOMES
from domain.call.state import Phase
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, moment_of, parts_of, path_value, whole_number
from projections.call_index import ANOMALIES

CALLS_PAGE_DEFAULT = 100
CALLS_PAGE_MAX = 1_000


async def listing(request: Request) -> Response:
    """GET /v1/calls."""
    actor = allow(request, READS)
    limit = whole_number(request.query_params, "limit", CALLS_PAGE_DEFAULT, 1, CALLS_PAGE_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    if "as_of" in request.query_params:
        raise InvalidInput("as_of", "is taken by one call and its timeline; this list is of what is known now")
    asked = calls_asked(request.query_params)
    await moment_of(request)
    return JsonResponse(await asyncio.to_thread(calls_page, parts_of(request), actor, asked, after, limit))


def calls_asked(query: Mapping[str, str]) -> CallsAsked:
    """Which calls a query asks for. Raises `InvalidInput`."""
    return CallsAsked(
        campaign_id=query.get("campaign"),
        phase=_one_of(query, "phase", get_args(Phase)),
        outcome=_one_of(query, "outcome", OUTCOMES),
        anomaly=_one_of(query, "anomaly", ANOMALIES),
    )


def _one_of(query: Mapping[str, str], name: str, words: Sequence[str]) -> str | None:
    word = query.get(name)
    if word is not None and word not in words:
        raise InvalidInput(name, f"is none of {', '.join(words)}")
    return word


async def show(request: Request) -> Response:
    """GET /v1/calls/{id}."""
    actor, parts, call_id = allow(request, READS), parts_of(request), call_id_of(request)
    return JsonResponse(await asyncio.to_thread(call_at, parts, actor, call_id, await as_of(request)))


async def timeline(request: Request) -> Response:
    """GET /v1/calls/{id}/timeline."""
    actor, parts, call_id = allow(request, READS), parts_of(request), call_id_of(request)
    return JsonResponse(await asyncio.to_thread(timeline_at, parts, actor, call_id, await as_of(request)))


def call_id_of(request: Request) -> str:
    """The call that the path names. Raises `InvalidInput`."""
    return parse_call_id(path_value(request, "id"), "call id")


ROUTES = [
    Route("/v1/calls", listing, methods=["GET"]),
    Route("/v1/calls/{id}", show, methods=["GET"]),
    Route("/v1/calls/{id}/timeline", timeline, methods=["GET"]),
]
