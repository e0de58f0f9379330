"""Campaigns over HTTP: create, look, start, pause, resume, cancel."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.campaign import parse_campaign, parse_json
from adapters.documents.policy_shown import shown_policy
from adapters.documents.script import shown_script
from adapters.documents.start import parse_start
from application.campaign_notes import notes_now
from application.commands import campaigns
from application.commands.campaigns import propose_change
from application.installation import Installation
from application.moment import Moment
from application.pauses import shown_pause
from application.queries.masking import shown_codes, word_or_none
from application.queries.moments import AT_LEAST_SECONDS_MAX
from application.shown_changes import shown_waiting
from application.views.reads import CampaignRead
from domain.campaign import Proposal
from domain.phone_number import mask
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import (
    POSITIONS_MAX,
    moment_of,
    parts_of,
    path_value,
    read_body,
    whole_number,
)
from projections.campaign_summary import Summary
from projections.store import ViewsUnusable

CAMPAIGN_BYTES_MAX = 256 * 1024
START_BYTES_MAX = 16 * 1024
PAGE_CAMPAIGNS_DEFAULT = 100
PAGE_CAMPAIGNS_MAX = 1_000


async def create(request: Request) -> Response:
    """POST /v1/campaigns."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id, plan = parse_campaign(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    done = await parts.ledger.execute(
        campaigns.create_campaign(campaign_id, plan), lane="commands", metadata=actor.metadata
    )
    shown = await campaign_after(parts, campaign_id, done.position)
    return JsonResponse(shown, status_code=201 if done.result else 200)


async def listing(request: Request) -> Response:
    """GET /v1/campaigns."""
    actor = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request.query_params, "limit", PAGE_CAMPAIGNS_DEFAULT, 1, PAGE_CAMPAIGNS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, POSITIONS_MAX)
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.campaigns, moment, after, limit)
    items = [_shown(item, actor.sees_numbers) for item in read.items]
    following = None if read.following is None else str(read.following)
    return JsonResponse({"items": items, "next": following, "position": read.position, "judged_at": moment.instant})


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
    notes = [] if moment.is_past else notes_now(parts, campaign_id)
    return JsonResponse(_shown(read, actor.sees_numbers, notes))


async def start(request: Request) -> Response:
    """POST /v1/campaigns/{id}/start: 200 and the campaign, or 202 and the change that waits for a second person."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    started = parse_start(await read_body(request, START_BYTES_MAX))
    proposal = Proposal(change="start", canary=started.canary)
    done = await parts.ledger.execute(
        propose_change(campaign_id, proposal, parts.new_id(), actor.among(parts.operators)),
        lane="commands",
        metadata=actor.metadata,
    )
    if done.result is not None:
        return JsonResponse(shown_waiting(campaign_id, done.result, done.position, parts.clock()), status_code=202)
    return JsonResponse(await campaign_after(parts, campaign_id, done.position))


async def command(request: Request) -> Response:
    """POST /v1/campaigns/{id}/pause, resume or cancel."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    match request.url.path.rpartition("/")[2]:
        case "pause":
            decide = campaigns.pause_campaign(campaign_id)
        case "resume":
            await parts.fresh()
            decide = campaigns.resume_campaign(campaign_id, parts.in_flight.fingerprint)
        case _:
            decide = campaigns.cancel_campaign(campaign_id)
    done = await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    return JsonResponse(await campaign_after(parts, campaign_id, done.position, done.result))


async def campaign_after(
    parts: Installation, campaign_id: str, position: int, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """A campaign once a command on it is on disk; where the views do not come that far in time, without their figures."""
    said = [*notes, *notes_now(parts, campaign_id)]
    try:
        if await parts.projector.wait_for(position, AT_LEAST_SECONDS_MAX):
            moment = Moment(position, parts.clock())
            read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
            return {**_shown(read, sees_numbers=True, notes=said), "position": position}
    except ViewsUnusable:
        pass
    read = await asyncio.to_thread(parts.reads.campaign_without_figures, campaign_id, position, parts.clock())
    return _shown(read, sees_numbers=True, notes=said)


def _shown(read: CampaignRead, sees_numbers: bool, notes: Sequence[str] = ()) -> dict[str, Any]:
    """A campaign as docs/api.md describes it."""
    state, pause = read.state, shown_pause(read.state, read.account)
    if pause is not None and not sees_numbers:
        pause |= {"body": None, "code": word_or_none(pause["code"])}
    plan = state.plan
    return {
        "id": state.campaign_id,
        "state": "paused" if pause is not None else state.phase,
        "pause": pause,
        "from": plan.caller_number if sees_numbers else mask(plan.caller_number),
        "record": plan.record,
        "metadata": plan.metadata,
        "limits": {
            "calls_per_second": plan.limits.calls_per_second,
            "calls_at_once": plan.limits.calls_at_once,
        },
        "policy": shown_policy(plan.policy, sees_numbers=sees_numbers),
        "script": shown_script(plan.script, sees_numbers=sees_numbers),
        "created_at": state.created_at,
        "recipients": read.counts,
        "summary": None if read.summary is None else _summary(read, read.summary, sees_numbers),
        "position": read.position,
        "judged_at": read.judged_at,
        "notes": list(notes),
    }


def _summary(read: CampaignRead, summary: Summary, sees_numbers: bool) -> dict[str, Any]:
    return {
        "enrolled": summary.enrolled,
        "dialled": summary.dialled,
        "reached": 0 if read.counts is None else read.counts["reached"],
        "attempts": summary.attempts,
        "codes": shown_codes(summary.codes, sees_all=sees_numbers),
        "calls": summary.calls,
        "pace": read.pace,
    }


ROUTES = [
    Route("/v1/campaigns", create, methods=["POST"]),
    Route("/v1/campaigns", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}", show, methods=["GET"]),
    Route("/v1/campaigns/{id}/start", start, methods=["POST"]),
    *(Route(f"/v1/campaigns/{{id}}/{verb}", command, methods=["POST"]) for verb in ("pause", "resume", "cancel")),
]
