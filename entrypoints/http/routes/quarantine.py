"""The quarantine over HTTP: what could not be read, and reading it again with today's code."""

import asyncio
import re

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.commands.quarantine import Reading, ReadingResult, read_again
from application.fields import CallId, Position
from application.installation import Installation
from application.queries.quarantine import (
    DIGEST_HEX_CHARS,
    Digest,
    QuarantinedWhole,
    QuarantinePage,
    quarantine_page,
    quarantined_whole,
)
from domain.errors import InvalidInput
from domain.instants import time_text
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answered
from entrypoints.http.openapi.operation import COMMAND, READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AT_LEAST, PathPart, limit, views_moment
from entrypoints.http.parts import parts_of
from projections.deliveries import RECEIVED_AT

QUARANTINE_PAGE_DEFAULT = 50
QUARANTINE_PAGE_MAX = 100
LIMIT = limit(QUARANTINE_PAGE_DEFAULT, QUARANTINE_PAGE_MAX)
_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_HEX_CHARS}}}")


def parse_digest(text: str) -> str:
    """The digest of a body. Raises `InvalidInput`."""
    if _DIGEST.fullmatch(text) is None:
        raise InvalidInput("digest", f"must be the {DIGEST_HEX_CHARS} hex digits of a delivery in quarantine")
    return text


DIGEST = PathPart(name="digest", kind=Digest, means="the delivery", parse=parse_digest)


class DeliveryRead(Struct, frozen=True, kw_only=True):
    """What came of reading a delivery again."""

    digest: Digest
    result: ReadingResult
    call_id: CallId | None
    event: str | None
    reason: str | None
    position: Position


async def listing(request: Request) -> Response:
    """GET /v1/quarantine."""
    actor, parts = allow(request, READS), parts_of(request)
    items_max, before = LIMIT.read(request), AFTER.read(request)
    await views_moment(request)
    return await answer_of(request, quarantine_page, parts, actor, before, items_max)


async def show(request: Request) -> Response:
    """GET /v1/quarantine/{digest}."""
    actor, parts, digest = allow(request, READS), parts_of(request), DIGEST.read(request)
    return await answer_of(request, quarantined_whole, parts, actor, digest)


async def read(request: Request) -> Response:
    """POST /v1/quarantine/{digest}/read."""
    actor, parts, digest = allow(request, COMMANDS), parts_of(request), DIGEST.read(request)
    reading, position = await read_now(parts, actor, digest)
    return answered(
        request,
        DeliveryRead(
            digest=digest,
            result=reading.result,
            call_id=reading.call_id,
            event=reading.report,
            reason=reading.reason,
            position=position,
        ),
    )


async def read_now(parts: Installation, actor: Actor, digest: str) -> tuple[Reading, int]:
    """Read it again, in the name of somebody; what came of it, and the ledger's position then. Raises `NotFound`."""
    kept = await asyncio.to_thread(quarantined_whole, parts, actor, digest)
    came = {} if kept.received_at is None else {RECEIVED_AT: time_text(kept.received_at)}
    done = await parts.ledger.execute(read_again(digest), lane="commands", metadata={**actor.metadata, **came})
    return done.result, done.position


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/quarantine",
            tag="deliveries",
            summary="Deliveries that could not be read, the latest first",
            parameters=(AFTER, LIMIT, AT_LEAST),
            answers={200: QuarantinePage},
            problems=VIEW,
        ),
    ),
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/quarantine/{digest}",
            tag="deliveries",
            summary="One of them, with its bytes",
            parameters=(DIGEST,),
            answers={200: QuarantinedWhole},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        read,
        Operation(
            method="POST",
            path="/v1/quarantine/{digest}/read",
            tag="deliveries",
            summary="Read it again with today's code",
            description=(
                "What it says is recorded under its call as if it came only now; a second time changes nothing. "
                "Role: operator."
            ),
            parameters=(DIGEST,),
            answers={200: DeliveryRead},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
]
