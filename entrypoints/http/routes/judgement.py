"""The dialer's judgement over HTTP: why somebody is or was not called, and every verdict on disk once more."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.queries.masking import shown_inputs, shown_reason
from domain.campaign import existing
from domain.dialing import explain, zones_judged
from domain.errors import NotFound
from domain.identity import campaign_stream
from domain.phone_number import mask, parse_number
from entrypoints.http.access import FULL_READS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import POSITIONS_MAX, as_of, parts_of, path_value, whole_number
from projections.decisions import compare_decisions
from projections.folded import campaign_of
from projections.judged import known_at

DECISIONS_EVENTS_DEFAULT = 500
DECISIONS_EVENTS_MAX = 1_000


async def explained(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}/explain."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    number = parse_number(path_value(request, "number"), "number")
    if parts.in_flight.fingerprint is None:
        await parts.fresh()
    moment = await as_of(request)
    known = await asyncio.to_thread(
        known_at,
        parts.ledger.read_streams,
        campaign_id,
        parts.ledger.recipient_stream(number),
        parts.in_flight.fingerprint,
        moment.position,
    )
    if known is None or campaign_id not in known.recipient.enrollments:
        raise NotFound(f"this number is not enrolled in a campaign named {campaign_id}")
    verdict = known.verdict(moment.instant, parts.only_numbers)
    status = known.status(moment.instant, verdict)
    rules = explain(verdict, known.campaign, known.recipient, parts.only_numbers)
    return JsonResponse(
        {
            "campaign_id": campaign_id,
            "number": number if actor.sees_numbers else mask(number),
            "position": moment.position,
            "judged_at": verdict.judged_at,
            "may_dial": verdict.may_dial,
            "status": status.status,
            "reason": shown_reason(status.status, status.reason, actor),
            "until": status.until,
            "zones": zones_judged(known.campaign, known.recipient),
            "rules": [{**msgspec.structs.asdict(r), "inputs": shown_inputs(r.inputs, actor)} for r in rules],
        }
    )


async def compare(request: Request) -> Response:
    """GET /v1/decisions/compare: one step over the ledger, with the verdict of each attempt on the way."""
    allow(request, FULL_READS)
    parts = parts_of(request)
    limit = whole_number(request.query_params, "limit", DECISIONS_EVENTS_DEFAULT, 1, DECISIONS_EVENTS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    campaign_id = request.query_params.get("campaign")
    if parts.in_flight.fingerprint is None:
        await parts.fresh()
    end = parts.ledger.position
    if campaign_id is not None:
        stream = await asyncio.to_thread(parts.ledger.read_stream, campaign_stream(campaign_id), end)
        existing(campaign_of(stream), campaign_id)
    found = await asyncio.to_thread(
        compare_decisions,
        parts.ledger.read_feed,
        parts.ledger.read_streams,
        parts.in_flight.fingerprint,
        after,
        limit,
        end,
        campaign_id,
    )
    return JsonResponse(
        {
            "items": found.differences,
            "compared": found.verdicts,
            "next": None if found.following is None else str(found.following),
            "position": end,
        }
    )


ROUTES = [
    Route("/v1/campaigns/{id}/recipients/{number}/explain", explained, methods=["GET"]),
    Route("/v1/decisions/compare", compare, methods=["GET"]),
]
