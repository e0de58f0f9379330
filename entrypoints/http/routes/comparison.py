"""Two calls side by side over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.comparison import compared_calls
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value


async def compare(request: Request) -> Response:
    """GET /v1/calls/{id}/compare/{other}."""
    actor, parts, (a, b) = allow(request, READS), parts_of(request), calls_compared(request)
    return JsonResponse(await asyncio.to_thread(compared_calls, parts, actor, a, b, await as_of(request)))


def calls_compared(request: Request) -> tuple[str, str]:
    """The calls that the path names. Raises `InvalidInput`."""
    a, b = (parse_call_id(path_value(request, name), f"{name} (a call id)") for name in ("id", "other"))
    return a, b


ROUTES = [Route("/v1/calls/{id}/compare/{other}", compare, methods=["GET"])]
