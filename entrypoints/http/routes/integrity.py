"""Integrity over HTTP."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.integrity import WatchedParts, integrity_now
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import parts_of


def integrity_routes(watched: WatchedParts) -> list[Route]:
    """The route, over the parts of one process."""

    async def show(request: Request) -> Response:
        """GET /v1/integrity."""
        allow(request, READS)
        return JsonResponse(await integrity_now(parts_of(request), watched))

    return [Route("/v1/integrity", show, methods=["GET"])]
