"""The views over HTTP: how far they have come, made anew, and compared with the ledger."""

import asyncio
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.campaign import invalid_input, parse_json
from application.moment import POSITION_DIGITS_MAX
from application.queries.views import compared_views, views_now
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, FULL_READS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import moment_of, parts_of, read_body, whole_number
from projections.comparison import COMPARED_ROWS_MAX

REBUILD_BYTES_MAX = 16 * 1024
COMPARED_ROWS_DEFAULT = 100


class RebuildInput(BaseModel):
    """The body of POST /v1/views/rebuild, which may be empty."""

    model_config = ConfigDict(extra="forbid", strict=True)

    views: list[str] = []


async def listing(request: Request) -> Response:
    """GET /v1/views."""
    return JsonResponse(await views_now(parts_of(request), allow(request, READS)))


async def rebuild(request: Request) -> Response:
    """POST /v1/views/rebuild."""
    allow(request, COMMANDS)
    parts = parts_of(request)
    body = await read_body(request, REBUILD_BYTES_MAX)
    try:
        given = RebuildInput.model_validate(parse_json(body) if body else {})
    except ValidationError as error:
        raise invalid_input(error, "body") from None
    made = await asyncio.to_thread(parts.projector.rebuild, given.views)
    return JsonResponse({"views": made, "position": parts.ledger.position}, status_code=202)


async def compare(request: Request) -> Response:
    """GET /v1/views/compare: some rows, each with the fold of the streams behind it."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    limit = whole_number(request.query_params, "limit", COMPARED_ROWS_DEFAULT, 1, COMPARED_ROWS_MAX)
    after = _cursor(request.query_params.get("after"))
    await moment_of(request)
    return JsonResponse(await asyncio.to_thread(compared_views, parts, after, limit))


def _cursor(text: str | None) -> str | None:
    if text is None or text == "":
        return None
    kind, _, place = text.partition(":")
    if kind in {"recipients", "calls"} and place.isascii() and place.isdigit() and len(place) <= POSITION_DIGITS_MAX:
        return f"{kind}:{int(place)}"
    raise InvalidInput("after", "is not a cursor that an earlier answer gave as `next`")


ROUTES: list[Any] = [
    Route("/v1/views", listing, methods=["GET"]),
    Route("/v1/views/rebuild", rebuild, methods=["POST"]),
    Route("/v1/views/compare", compare, methods=["GET"]),
]
