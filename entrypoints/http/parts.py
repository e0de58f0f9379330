"""What every route needs of the installation, and of a request."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from application.installation import Installation
from application.moment import POSITION_DIGITS_MAX
from domain.errors import InvalidInput
from entrypoints.http.answers_of_calls import AnswersOfCalls
from entrypoints.http.problems import TooLarge, UnknownContentEncoding
from entrypoints.http.readers import AnswerReaders
from entrypoints.segments import text_of

AnswerT = TypeVar("AnswerT")
NO_QUERY: Mapping[str, str] = {}


def parts_of(request: Request) -> Installation:
    """The installation that this request came to."""
    return cast("Installation", request.scope["app"].state.parts)


def kept_of(request: Request) -> AnswersOfCalls:
    """The answers that are kept of the installation that this request came to."""
    return cast("AnswersOfCalls", request.app.state.kept)


def readers_of(request: Request) -> AnswerReaders:
    """The threads in which this process reads what is asked."""
    return cast("AnswerReaders", request.app.state.readers)


def query_of(request: Request) -> Mapping[str, str]:
    """The query; most requests have none, and nothing of it is read then."""
    return request.query_params if request.scope["query_string"] else NO_QUERY


def path_value(request: Request, name: str) -> str:
    """A part of the raw path, decoded: a `%2F` in it is part of the value."""
    try:
        return text_of(request.path_params[name])
    except UnicodeDecodeError:
        raise InvalidInput(name, "is not UTF-8 when percent-decoded") from None


async def dear_read(request: Request, read: Callable[..., AnswerT], *given: Any) -> AnswerT:
    """What a read answers that costs much, made in a thread. Raises `TooManyAtOnce`."""
    with parts_of(request).dear_reads.one(request.state.actor):
        return await asyncio.to_thread(read, *given)


async def whole_body(receive: Receive, bytes_max: int) -> bytes | None:
    """The whole body, straight from ASGI; None as soon as it is too large. Raises `ClientDisconnect` where it breaks off."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body; `TooLarge` as soon as it is, or says that it will be, and `UnknownContentEncoding` for one that is packed."""
    too_large = TooLarge("body", f"may have at most {bytes_max} bytes; send it in parts")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise UnknownContentEncoding(f"Content-Encoding {encoding[:40]} is not read here; send the body as it is")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > POSITION_DIGITS_MAX or int(declared) > bytes_max):
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)
