"""A campaign's plan over HTTP: revise it, or see what that would change; and what it would meet if it started now."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.campaign import parse_json
from adapters.documents.revision import Revision, parse_revision, plan_changes
from application.commands.campaigns import revise_campaign
from application.installation import Installation
from application.preflight.figures import Circumstances, preflight
from application.preflight.warnings import warnings
from application.shown_changes import shown_waiting
from application.views.reads import ProspectsRead
from domain import campaign
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import moment_of, parts_of, path_value, read_body
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX, campaign_after
from projections.prospects import Prospect, Prospects

Place = tuple[str, str | None]
RUNS = frozenset({"running", "paused"})


async def revise(request: Request) -> Response:
    """POST /v1/campaigns/{id}/revise: 200 and what it did, or 202 and the change that waits for a second person."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    revision = parse_revision(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    if revision.is_preview:
        return JsonResponse(await _previewed(request, parts, campaign_id, revision))
    done = await parts.ledger.execute(
        revise_campaign(campaign_id, revision, parts.new_id(), actor.among(parts.operators)),
        lane="commands",
        metadata=actor.metadata,
    )
    waiting = done.result.waiting
    if waiting is not None:
        return JsonResponse(shown_waiting(campaign_id, waiting, done.position, parts.clock()), status_code=202)
    shown = await campaign_after(parts, campaign_id, done.position)
    return JsonResponse(
        {
            "campaign_id": campaign_id,
            "preview": False,
            "reason": revision.reason,
            "changes": done.result.changes,
            "forecast": None,
            "campaign": shown,
            "position": done.position,
            "judged_at": shown["judged_at"],
        }
    )


async def _previewed(request: Request, parts: Installation, campaign_id: str, revision: Revision) -> dict[str, Any]:
    def plans(state: campaign.CampaignState) -> list[campaign.Plan]:
        plan = revision.applied_to(state)
        campaign.carried_out(state, campaign.Proposal(change="revise", plan=plan))
        return [state.plan, plan]

    read = await asyncio.to_thread(parts.reads.prospects, campaign_id, await moment_of(request), plans)
    before, after = plans(read.state)
    return {
        "campaign_id": campaign_id,
        "preview": True,
        "reason": revision.reason,
        "changes": plan_changes(before, after),
        "forecast": _forecast(read.prospects),
        "campaign": None,
        "position": read.position,
        "judged_at": read.judged_at,
    }


async def look(request: Request) -> Response:
    """GET /v1/campaigns/{id}/preflight."""
    allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    moment = await moment_of(request)
    others = {name for name, one in parts.in_flight.campaigns.items() if one.phase in RUNS and name != campaign_id}
    read = await asyncio.to_thread(parts.reads.prospects, campaign_id, moment, lambda state: [state.plan], others)
    return JsonResponse(await asyncio.to_thread(_looked, parts, read))


def _looked(parts: Installation, read: ProspectsRead) -> dict[str, Any]:
    around = Circumstances(
        state=read.state,
        account=read.account,
        summary=read.summary,
        calls_placed=parts.in_flight.calls_placed(read.state.campaign_id),
        only_numbers=parts.only_numbers,
        account_limits=parts.account_limits,
        has_webhook_secret=parts.has_webhook_secret,
        operators=len(parts.operators),
        now=read.judged_at,
    )
    found = preflight(read.prospects, around)
    return {
        "campaign_id": read.state.campaign_id,
        "position": read.position,
        "judged_at": read.judged_at,
        "state": read.state.phase,
        "recipients": sum(read.prospects.groups.values()) + read.prospects.not_judged,
        **msgspec.structs.asdict(found.figures),
        "repeated": read.repeated,
        "estimate": found.estimate,
        "warnings": warnings(found, read.prospects, around),
    }


def _forecast(prospects: Prospects) -> dict[str, Any]:
    """Two plans beside each other: how many stand where under each, and who moves from where to where."""
    sides: tuple[dict[Prospect, int], dict[Prospect, int]] = ({}, {})
    moves: Counter[tuple[Place, Place]] = Counter()
    until: dict[tuple[Place, Place], datetime] = {}
    for group, people in prospects.groups.items():
        before, after = group.under
        for side, prospect in zip(sides, group.under, strict=True):
            side[prospect] = side.get(prospect, 0) + people
        move = _place(before), _place(after)
        if before == after:
            continue
        moves[move] += people
        if after.until is not None:
            until[move] = min(after.until, until.get(move, after.until))
    return {
        "recipients": sum(prospects.groups.values()) + prospects.not_judged,
        "not_judged": prospects.not_judged,
        "before": _side(sides[0]),
        "after": _side(sides[1]),
        "moves": [
            {
                "from": dict(zip(("status", "reason"), move[0], strict=True)),
                "to": dict(zip(("status", "reason"), move[1], strict=True)),
                "until": until.get(move),
                "recipients": people,
            }
            for move, people in sorted(moves.items(), key=lambda item: (-item[1], str(item[0])))
        ],
    }


def _place(prospect: Prospect) -> Place:
    return prospect.status, prospect.reason


def _side(counted: Mapping[Prospect, int]) -> dict[str, Any]:
    held: dict[str, dict[str, Any]] = {}
    figures = Counter({"queued": 0, "held": 0, "under_way": 0, "final": 0})
    for prospect, people in counted.items():
        match prospect.status:
            case "queued" | "held":
                figures[prospect.status] += people
            case "dialing" | "in_progress" | "unresolved":
                figures["under_way"] += people
            case _:
                figures["final"] += people
        if prospect.status == "held":
            reason = prospect.reason or "held"
            known = held.setdefault(reason, {"reason": reason, "until": None, "recipients": 0})
            known["recipients"] += people
            if prospect.until is not None and (known["until"] is None or prospect.until < known["until"]):
                known["until"] = prospect.until
    return {**figures, "held_by": sorted(held.values(), key=lambda one: (-one["recipients"], one["reason"]))}


ROUTES = [
    Route("/v1/campaigns/{id}/revise", revise, methods=["POST"]),
    Route("/v1/campaigns/{id}/preflight", look, methods=["GET"]),
]
