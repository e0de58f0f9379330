"""What every route needs of the installation, and of a request."""

import asyncio
import re
from datetime import UTC, datetime
from typing import cast
from urllib.parse import unquote

from msgspec import Struct
from starlette.requests import Request

from application.installation import Installation
from application.views.reads import Moment
from domain.errors import InvalidInput, ViewsBehind
from entrypoints.http.problems import TooLarge

AT_LEAST_SECONDS_MAX = 5.0
COURTESY_SECONDS_MAX = 0.5
OPENING_SECONDS_MAX = 5.0
POSITIONS_MAX = 10**15
POSITION_DIGITS_MAX = 15
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")


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


class AsOf(Struct, frozen=True):
    """A moment of the ledger: its position, and the instant at which it is judged."""

    position: int
    instant: datetime


def as_of(request: Request) -> AsOf:
    """What `as_of` in the query asks for, an instant (inclusive) or a position; without it, now."""
    return moment_in(request, "as_of")


def moment_in(request: Request, name: str) -> AsOf:
    """What a moment of that name in the query asks for, an instant (inclusive) or a position; without it, now."""
    parts = parts_of(request)
    text, end, now = request.query_params.get(name), parts.ledger.position, parts.clock()
    if text is None:
        return AsOf(end, now)
    if text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX:
        if int(text) > end:
            raise InvalidInput(name, f"is after the ledger's end, {end}")
        last = parts.ledger.read_feed(int(text) - 1, 1) if int(text) > 0 else []
        return AsOf(int(text), last[0].recorded_at if last else now)
    try:
        # A plus that nobody encoded arrives as a space.
        instant = datetime.fromisoformat(text.replace(" ", "+") if _RFC_3339.match(text) else "")
        instant = (instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(name, "is neither a position nor an instant such as 2026-05-29T12:00:00Z") from None
    return AsOf(parts.ledger.position_at(instant), min(instant, now))


async def moment_of(request: Request) -> Moment:
    """What a read of the views is asked about, once the views have come that far.

    With `as_of` or `at_least` that is waited for, and `ViewsBehind` where it takes too long; without them a little, so
    that who has just changed something sees it as a rule.
    """
    parts = parts_of(request)
    at_least = whole_number(request, "at_least", 0, 0, POSITIONS_MAX)
    is_past = "as_of" in request.query_params
    asked = await asyncio.to_thread(as_of, request)
    wanted = max(at_least, asked.position) if is_past else at_least
    if wanted and not await parts.projector.wait_for(wanted, AT_LEAST_SECONDS_MAX):
        raise ViewsBehind(
            f"the views are at position {parts.projector.position}, and {wanted} was asked for; try again"
        )
    if not wanted:
        await parts.projector.wait_for(0, OPENING_SECONDS_MAX)
        await parts.projector.wait_for(asked.position, COURTESY_SECONDS_MAX)
    return Moment(asked.position if is_past else None, asked.instant)


def whole_number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A number in the query."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        raise InvalidInput(name, f"must be a whole number from {least} to {most}")
    return int(text)
