"""Answers of the API: made, masked for whoever asked, and encoded, all three beside the event loop where they are read."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.queries.masking import seen_by
from entrypoints.http.json import encode
from entrypoints.http.parts import dear_read

MEDIA_TYPE = "application/json"


def answered(request: Request, content: Any, status_code: int = 200) -> Response:
    """A short answer that is there already."""
    return Response(_encoded(request.state.actor, content), status_code, media_type=MEDIA_TYPE)


async def answer_of(request: Request, read: Callable[..., Any], *given: Any) -> Response:
    """What a read answers."""
    body = await asyncio.to_thread(_read, request.state.actor, read, *given)
    return Response(body, media_type=MEDIA_TYPE)


async def answer_of_dear(request: Request, read: Callable[..., Any], *given: Any) -> Response:
    """What a read answers that costs much. Raises `TooManyAtOnce`."""
    return Response(await dear_read(request, _read, request.state.actor, read, *given), media_type=MEDIA_TYPE)


def _read(actor: Actor, read: Callable[..., Any], *given: Any) -> bytes:
    return _encoded(actor, read(*given))


def _encoded(actor: Actor, content: Any) -> bytes:
    return encode(seen_by(actor, content))
