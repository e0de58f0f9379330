"""The account behind the API key over HTTP: look at it, release destinations that are held."""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.commands import account
from application.queries.account import account_at
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value

PREFIX_PATTERN = r"^\+[1-9][0-9]{0,14}$"
_PREFIX = re.compile(PREFIX_PATTERN, re.ASCII)


async def show(request: Request) -> Response:
    """GET /v1/account."""
    actor, parts = allow(request, READS), parts_of(request)
    await parts.account_known()
    return JsonResponse(await asyncio.to_thread(account_at, parts, actor, await as_of(request)))


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


ROUTES = [
    Route("/v1/account", show, methods=["GET"]),
    Route("/v1/account/holds/{prefix}", release, methods=["DELETE"]),
]
