"""A campaign's plan over HTTP: revise it, or see what that would change; and what it would meet if it started now."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.campaign import parse_json
from adapters.documents.revision import parse_revision
from application.commands.campaigns import revise_campaign
from application.queries.campaign import campaign_after
from application.queries.changes import FieldChanged, shown_waiting
from application.queries.preflight import preflight_now
from application.queries.revision import RevisionShown, previewed
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parameters import CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX


async def revise(request: Request) -> Response:
    """POST /v1/campaigns/{id}/revise: 200 and what it did, or 202 and the change that waits for a second person."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = CAMPAIGN.read(request)
    revision = parse_revision(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    if revision.is_preview:
        moment = await views_moment(request)
        return JsonResponse(await asyncio.to_thread(previewed, parts, campaign_id, revision, moment))
    done = await parts.ledger.execute(
        revise_campaign(campaign_id, revision, parts.new_id(), actor.among(parts.operators)),
        lane="commands",
        metadata=actor.metadata,
    )
    waiting = done.result.waiting
    if waiting is not None:
        shown = shown_waiting(campaign_id, actor, waiting, done.position, parts.clock())
        return JsonResponse(shown, status_code=202)
    campaign = await campaign_after(parts, actor, campaign_id, done.position)
    return JsonResponse(
        RevisionShown(
            campaign_id=campaign_id,
            preview=False,
            reason=revision.reason,
            changes=[FieldChanged(**one) for one in done.result.changes],
            forecast=None,
            campaign=campaign,
            position=done.position,
            judged_at=campaign.judged_at,
        )
    )


async def look(request: Request) -> Response:
    """GET /v1/campaigns/{id}/preflight."""
    allow(request, READS)
    parts, campaign_id = parts_of(request), CAMPAIGN.read(request)
    return JsonResponse(await asyncio.to_thread(preflight_now, parts, campaign_id, await views_moment(request)))


ROUTES = [
    Route("/v1/campaigns/{id}/revise", revise, methods=["POST"]),
    Route("/v1/campaigns/{id}/preflight", look, methods=["GET"]),
]
