"""What MiniVoice refused a campaign's calls with, over HTTP: each code with all that it last said."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.queries.masking import shown_text, shown_word
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import moment_of, parts_of, path_value
from projections.last_refusals import LastRefusal, last_refusals

REFUSALS_MAX = 20
REFUSALS_EVENTS_MAX = 2_000


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/refusals."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    read = await asyncio.to_thread(parts.reads.campaign, campaign_id, await moment_of(request))
    codes = frozenset() if read.summary is None else frozenset(read.summary.codes)
    found = await asyncio.to_thread(
        last_refusals, parts.ledger.read_feed, campaign_id, codes, read.position, REFUSALS_MAX, REFUSALS_EVENTS_MAX
    )
    return JsonResponse({"items": [_shown(one, actor) for one in found], "next": None, "position": read.position})


def _shown(one: LastRefusal, actor: Actor) -> dict[str, Any]:
    event = one.event
    return {
        "position": one.position,
        "recorded_at": one.recorded_at,
        "attempt_id": event.attempt_id,
        "status": event.status,
        "code": shown_word(event.code, actor),
        "concerns": event.concerns,
        "counts": event.counts,
        "body": shown_text(event.body, actor),
    }


ROUTES = [Route("/v1/campaigns/{id}/refusals", listing, methods=["GET"])]
