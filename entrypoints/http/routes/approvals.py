"""Changes of a campaign that a second person has to approve, over HTTP: look, approve, decline."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.decision import parse_decision
from application.commands.campaigns import approve_change, decline_change
from application.shown_changes import shown_change
from domain import campaign
from domain.identity import campaign_stream
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import (
    POSITIONS_MAX,
    as_of,
    parts_of,
    path_value,
    read_body,
    whole_number,
)
from entrypoints.http.routes.campaigns import campaign_after
from projections.campaign_changes import changes_asked_for
from projections.folded import campaign_of

DECISION_BYTES_MAX = 16 * 1024
PAGE_CHANGES_DEFAULT = 100
PAGE_CHANGES_MAX = 1_000


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/changes."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    limit = whole_number(request.query_params, "limit", PAGE_CHANGES_DEFAULT, 1, PAGE_CHANGES_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await as_of(request)
    stream = await asyncio.to_thread(parts.ledger.read_stream, campaign_stream(campaign_id), moment.position)
    campaign.existing(campaign_of(stream), campaign_id)
    found = [asked for asked in changes_asked_for(stream) if asked.position > after]
    return JsonResponse(
        {
            "items": [
                shown_change(asked.change, moment.instant, sees_numbers=actor.sees_numbers) for asked in found[:limit]
            ],
            "next": str(found[limit - 1].position) if len(found) > limit else None,
            "position": moment.position,
            "judged_at": moment.instant,
        }
    )


async def decide(request: Request) -> Response:
    """POST /v1/campaigns/{id}/changes/{change_id}/approve or decline."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id, change_id = path_value(request, "id"), path_value(request, "change_id")
    said = parse_decision(await read_body(request, DECISION_BYTES_MAX))
    if request.url.path.endswith("/approve"):
        command = approve_change(campaign_id, change_id, actor.among(parts.operators), said.reason)
    else:
        command = decline_change(campaign_id, change_id, actor.name, said.reason)
    done = await parts.ledger.execute(command, lane="commands", metadata=actor.metadata)
    return JsonResponse(
        {
            "campaign_id": campaign_id,
            "change": shown_change(done.result, parts.clock(), sees_numbers=True),
            "campaign": await campaign_after(parts, campaign_id, done.position),
            "position": done.position,
        }
    )


ROUTES = [
    Route("/v1/campaigns/{id}/changes", listing, methods=["GET"]),
    *(
        Route(f"/v1/campaigns/{{id}}/changes/{{change_id}}/{verb}", decide, methods=["POST"])
        for verb in ("approve", "decline")
    ),
]
