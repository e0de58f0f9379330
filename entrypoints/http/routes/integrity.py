"""Integrity over HTTP."""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from application.queries.integrity import IntegrityShown, WatchedParts, integrity_now
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parts import parts_of


async def show(request: Request) -> Response:
    """GET /v1/integrity."""
    allow(request, READS)
    return answered(request, await integrity_now(parts_of(request), watched_of(request)))


def watched_of(request: Request) -> WatchedParts:
    """What the process that this request came to knows of its own parts."""
    return cast("WatchedParts", request.app.state.watched)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/integrity",
            tag="process",
            summary="Whether each part of this process works, what waits, and how far the views are",
            answers={200: IntegrityShown},
            problems=READ,
        ),
    )
]
