"""Integrity over HTTP: whether each part works, what waits, how far the views are, when the provider was last compared with."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import parts_of


class Watched(Struct, frozen=True):
    """What this process knows of its own parts: what is wrong with each, and when the reconciler looked around last."""

    troubles: Callable[[], Mapping[str, str | None]]
    reconciled_at: Callable[[], datetime | None]


def integrity_routes(watched: Watched) -> list[Route]:
    """The route, over the parts of one process."""

    async def show(request: Request) -> Response:
        """GET /v1/integrity."""
        allow(request, READS)
        parts = parts_of(request)
        position = parts.ledger.position
        last = await asyncio.to_thread(parts.ledger.read_feed, position - 1, 1) if position else []
        events, seconds = parts.projector.behind()
        troubles = watched.troubles()
        return JsonResponse(
            {
                "status": "not ready" if any(troubles.values()) else "ready",
                "parts": {name: "ready" if trouble is None else trouble for name, trouble in troubles.items()},
                "position": position,
                "recorded_at": last[0].recorded_at if last else None,
                "waiting": parts.ledger.waiting(),
                "behind_events": events,
                "behind_seconds": seconds,
                "reconciled_at": watched.reconciled_at(),
                "judged_at": parts.clock(),
            }
        )

    return [Route("/v1/integrity", show, methods=["GET"])]
