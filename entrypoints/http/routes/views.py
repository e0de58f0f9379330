"""The views over HTTP: how far they have come, rebuilt, and compared with the ledger."""

import asyncio
from typing import Annotated

import structlog
from msgspec import Meta, Struct
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import StrictInput, parse_json, validated
from application.actor import Actor
from application.fields import Position
from application.installation import Installation
from application.moment import POSITION_DIGITS_MAX
from application.queries.views import ViewsCompared, ViewsShown, compared_views, views_now
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, FULL_READS, READS, allow
from entrypoints.http.answers import answer_of_dear, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AT_LEAST, Parameter, limit, views_moment
from entrypoints.http.parts import parts_of, read_body
from projections.comparison import COMPARED_ROWS_MAX
from projections.views import VERSIONS, ViewName

REBUILD_BYTES_MAX = 16 * 1024
COMPARED_ROWS_DEFAULT = 100
LIMIT = limit(COMPARED_ROWS_DEFAULT, COMPARED_ROWS_MAX)

log = structlog.get_logger("dialtrail.views")


class ViewsCursor(Parameter, frozen=True, kw_only=True):
    """Where a page of the comparison begins."""

    def read(self, request: Request) -> str | None:
        """Which rows, and the place among them; None at the beginning. Raises `InvalidInput`."""
        text = request.query_params.get(self.name)
        if text is None:
            return None
        kind, _, place = text.partition(":")
        if (
            kind in {"recipients", "calls"}
            and place.isascii()
            and place.isdigit()
            and len(place) <= POSITION_DIGITS_MAX
        ):
            return f"{kind}:{int(place)}"
        raise InvalidInput(self.name, "is not a cursor that an earlier answer gave as `next`")


AFTER = ViewsCursor(
    name="after",
    kind=Annotated[str, Meta(pattern=f"^((recipients|calls):[0-9]{{1,{POSITION_DIGITS_MAX}}})$")],
    means="the `next` of the page before",
)


class RebuildBegun(Struct, frozen=True, kw_only=True):
    """The views that are made anew."""

    views: list[ViewName]
    position: Position


class RebuildInput(StrictInput):
    """The body of POST /v1/views/rebuild, which may be empty."""

    views: list[Annotated[str, Field(json_schema_extra={"enum": list(VERSIONS)})]] = Field([])


async def listing(request: Request) -> Response:
    """GET /v1/views."""
    return answered(request, await views_now(parts_of(request), allow(request, READS)))


async def rebuild(request: Request) -> Response:
    """POST /v1/views/rebuild."""
    actor = allow(request, COMMANDS)
    body = await read_body(request, REBUILD_BYTES_MAX)
    given = validated(RebuildInput, parse_json(body) if body else {})
    return answered(request, await rebuilding(parts_of(request), actor, given), status_code=202)


async def rebuilding(parts: Installation, actor: Actor, given: RebuildInput) -> RebuildBegun:
    """Begin to make them anew, in the name of somebody. Raises `Conflict` while that is under way.

    The views are no part of what the ledger tells, so no event has it: who asked is in the log, and in GET /v1/views.
    """
    made = await asyncio.to_thread(parts.projector.rebuild, given.views, actor.metadata["actor"])
    log.info("views are made anew", views=given.views or "all", **actor.metadata)
    return RebuildBegun(views=list(made), position=parts.ledger.position)


async def compare(request: Request) -> Response:
    """GET /v1/views/compare: some rows, each with the fold of the streams behind it."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    rows_max = LIMIT.read(request)
    place = AFTER.read(request)
    await views_moment(request)
    return await answer_of_dear(request, compared_views, parts, place, rows_max)


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/views",
            tag="views",
            summary="How far each view has come",
            answers={200: ViewsShown},
            problems=READ,
        ),
    ),
    DescribedRoute(
        rebuild,
        Operation(
            method="POST",
            path="/v1/views/rebuild",
            tag="views",
            summary="Make views anew from the ledger, beside those in use",
            description="They hang together: naming one makes all of them anew. 409 while that is under way. Role: operator.",
            bodies={JSON: RebuildInput},
            needs_body=False,
            answers={202: RebuildBegun},
            problems=(*COMMAND, *BODY),
        ),
    ),
    DescribedRoute(
        compare,
        Operation(
            method="GET",
            path="/v1/views/compare",
            tag="views",
            summary="One page of recipients folded from the ledger, and where the views say otherwise",
            description="Roles: auditor, operator.",
            parameters=(AFTER, LIMIT, AT_LEAST),
            answers={200: ViewsCompared},
            problems=VIEW,
        ),
    ),
]
