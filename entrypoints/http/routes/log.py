"""The verifiable log over HTTP."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import NotFound
from entrypoints.http.access import READS, allow
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parts import parts_of

NO_CHECKPOINT = (
    "no checkpoint of the log was signed yet: the process that dials signs one within DIALTRAIL_LOG_CHECKPOINT_SECONDS of "
    "its start"
)


async def checkpoint(request: Request) -> Response:
    """GET /v1/log/checkpoint."""
    allow(request, READS)
    store = parts_of(request).log_store
    newest = None if store is None else await asyncio.to_thread(store.newest)
    if newest is None:
        raise NotFound(NO_CHECKPOINT)
    return Response(newest.note, headers={"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"})


ROUTES = [
    DescribedRoute(
        checkpoint,
        Operation(
            method="GET",
            path="/v1/log/checkpoint",
            tag="process",
            summary="The newest signed checkpoint of the verifiable log, as a signed note (C2SP tlog-checkpoint)",
            answers={200: str},
            problems=(*READ, "not-found"),
            media_type="text/plain",
        ),
    )
]
