"""What every route needs of the installation, and of a request."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote

from starlette.requests import Request

from application.installation import Installation
from application.moment import POSITION_DIGITS_MAX, Moment
from application.queries.moments import moment_asked, moment_in_views
from domain.errors import InvalidInput
from entrypoints.http.problems import TooLarge

POSITIONS_MAX = 10**15


def parts_of(request: Request) -> Installation:
    """The installation that this request came to."""
    return cast("Installation", request.app.state.parts)


def path_value(request: Request, name: str) -> str:
    """A part of the raw path, decoded: a `%2F` in it is part of the value."""
    try:
        return unquote(request.path_params[name], errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput(name, "is not UTF-8 when percent-decoded") from None


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body; `TooLarge` as soon as it is, or says that it will be."""
    too_large = TooLarge("body", f"may have at most {bytes_max} bytes; send it in parts")
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


async def as_of(request: Request) -> Moment:
    """What `as_of` in the query asks for, an instant (inclusive) or a position; without it, now."""
    return await moment_asked(parts_of(request), request.query_params.get("as_of"))


async def moment_of(request: Request) -> Moment:
    """What a read of the views is asked about by `as_of` and `at_least`, once they have come that far."""
    at_least = whole_number(request.query_params, "at_least", 0, 0, POSITIONS_MAX)
    return await moment_in_views(parts_of(request), request.query_params.get("as_of"), at_least)


def whole_number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A number in a query."""
    text = query.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        raise InvalidInput(name, f"must be a whole number from {least} to {most}")
    return int(text)
