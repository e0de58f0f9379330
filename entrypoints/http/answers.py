"""Answers of the API: made, masked for whoever asked, and encoded, all three beside the event loop where they are read."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.moment import Moment
from application.queries.masking import seen_by
from domain.identity import call_stream
from entrypoints.http.json import encode
from entrypoints.http.parts import dear_read, kept_of, parts_of, readers_of

MEDIA_TYPE = (b"content-type", b"application/json")


class JsonBytes(Response):
    """An answer that is encoded already: the library would look through its headers for those that are there by nature."""

    def __init__(self, body: bytes, status_code: int = 200) -> None:
        self.status_code = status_code
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), MEDIA_TYPE]


def answered(request: Request, content: Any, status_code: int = 200) -> Response:
    """A short answer that is there already."""
    return JsonBytes(_encoded(request.state.actor, content), status_code)


async def answer_of(request: Request, read: Callable[..., Any], *given: Any) -> Response:
    """What a read answers."""
    return JsonBytes(await readers_of(request).read(_read, request.state.actor, read, *given))


async def answer_of_call(
    request: Request, read: Callable[..., Any], call_id: str, moment: Moment, *given: Any
) -> Response:
    """What a read of one call answers, which rests on that call's stream alone. Asked as of now and for nothing special it
    is kept, for all of the same role.
    """
    actor, parts, kept = request.state.actor, parts_of(request), kept_of(request)
    if request.scope["query_string"]:
        return await answer_of(request, read, parts, actor, call_id, moment, *given)
    stream, question = call_stream(call_id), (read, actor.role)
    known = kept.answer(stream, question, moment.position)
    if known is not None:
        return JsonBytes(known)
    with kept.reading(stream) as reading:
        answer, body = await readers_of(request).read(_read_to_keep, actor, read, parts, actor, call_id, moment, *given)
        # Where no stream told the number, a person's may, later.
        if getattr(answer, "number", "") is not None:
            kept.keep(reading, question, body, answer.position)
    return JsonBytes(body)


async def answer_of_dear(request: Request, read: Callable[..., Any], *given: Any) -> Response:
    """What a read answers that costs much. Raises `TooManyAtOnce`."""
    return JsonBytes(await dear_read(request, _read, request.state.actor, read, *given))


def _read_to_keep(actor: Actor, read: Callable[..., Any], *given: Any) -> tuple[Any, bytes]:
    answer = read(*given)
    return answer, _encoded(actor, answer)


def _read(actor: Actor, read: Callable[..., Any], *given: Any) -> bytes:
    return _encoded(actor, read(*given))


def _encoded(actor: Actor, content: Any) -> bytes:
    return encode(seen_by(actor, content))
