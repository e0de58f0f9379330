"""Campaigns over HTTP: create, look, start, pause, resume, cancel."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.account import AccountState
from domain.campaign import CampaignState
from domain.errors import NotFound
from domain.phone_number import mask
from entrypoints import commands
from entrypoints.campaign_input import parse_campaign, parse_json
from entrypoints.http_access import COMMANDS, READS, allow
from entrypoints.http_json import JsonResponse
from entrypoints.http_parts import Parts, caller_metadata, parts_of, path_value, read_body
from projections.recipient_status import SLOT_HELD_MAX

CAMPAIGN_BYTES_MAX = 256 * 1024
WHAT_TO_DO: Mapping[str, str] = {
    "insufficient_balance": "add balance at MiniVoice, then resume",
    "unauthorized": "set MINIVOICE_API_KEY to a key that MiniVoice knows, restart, then resume",
    "no_active_trunk": "have the trunk activated at MiniVoice, then resume",
    "spend_control_exceeded": "raise the spend limit at MiniVoice, then resume",
    "invalid_request": "compare the stored request bodies with MiniVoice's documentation, then resume",
    "invalid_json": "compare the stored request bodies with MiniVoice's documentation, then resume",
}


async def create(request: Request) -> Response:
    """POST /v1/campaigns."""
    caller = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id, plan = parse_campaign(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    done = await parts.ledger.execute(
        commands.create_campaign(campaign_id, plan), lane="commands", metadata=caller_metadata(caller)
    )
    shown = await show_campaign(parts, campaign_id, sees_numbers=True)
    return JsonResponse({**shown, "position": done.position}, status_code=201 if done.result else 200)


async def listing(request: Request) -> Response:
    """GET /v1/campaigns: there are few, so one page holds all."""
    caller = allow(request, READS)
    parts = parts_of(request)
    await parts.fresh()
    items = [await show_campaign(parts, i, sees_numbers=caller.sees_numbers) for i in parts.view.campaigns]
    return JsonResponse({"items": items, "next": None})


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}."""
    caller = allow(request, READS)
    parts = parts_of(request)
    shown = await show_campaign(parts, path_value(request, "id"), sees_numbers=caller.sees_numbers)
    return JsonResponse(shown)


async def command(request: Request) -> Response:
    """POST /v1/campaigns/{id}/start, pause, resume or cancel."""
    caller = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    await parts.fresh()
    match request.url.path.rpartition("/")[2]:
        case "start":
            decide = commands.start_campaign(campaign_id)
        case "pause":
            decide = commands.pause_campaign(campaign_id)
        case "resume":
            decide = commands.resume_campaign(campaign_id, parts.view.fingerprint)
        case _:
            decide = commands.cancel_campaign(campaign_id)
    done = await parts.ledger.execute(decide, lane="commands", metadata=caller_metadata(caller))
    shown = await show_campaign(parts, campaign_id, sees_numbers=True)
    return JsonResponse({**shown, "notes": [*done.result, *shown["notes"]], "position": done.position})


async def show_campaign(parts: Parts, campaign_id: str, *, sees_numbers: bool) -> dict[str, Any]:
    """A campaign as docs/api.md describes it."""
    await parts.fresh()
    rows = parts.view.campaigns.get(campaign_id)
    if rows is None:
        raise NotFound(f"no campaign is named {campaign_id}; `dialtrail campaign list` shows those there are")
    state, pause = rows.state, shown_pause(rows.state, parts.view.account)
    if pause is not None and not sees_numbers:
        pause["body"] = None
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
        "created_at": state.created_at,
        "recipients": parts.view.counts(campaign_id),
        "position": parts.view.position,
        "notes": _overdue_notes(parts.view.slots_overdue(campaign_id, parts.clock())),
    }


def _overdue_notes(overdue: int) -> list[str]:
    if not overdue:
        return []
    hours = SLOT_HELD_MAX.total_seconds() / 3_600
    return [f"calls open for more than {hours:g} h: {overdue}; new ones are placed in their stead"]


def shown_pause(campaign: CampaignState, account: AccountState) -> dict[str, Any] | None:
    """The pause that keeps a campaign still: its own, or the account's while it would run."""
    scope: str
    if campaign.phase == "paused" and campaign.pause is not None:
        scope, pause = "campaign", campaign.pause
    elif campaign.phase == "running" and account.pause is not None:
        scope, pause = "account", account.pause  # type: ignore[assignment]
    else:
        return None
    what_to_do = WHAT_TO_DO.get(pause.code or "", "resume it when the reason is gone")
    if pause.cause == "operator":
        what_to_do = f"`dialtrail campaign resume {campaign.campaign_id}` lets it dial again"
    return {
        "scope": scope,
        "cause": pause.cause,
        "code": pause.code,
        "status": pause.status,
        "body": pause.body,
        "at": pause.at,
        "what_to_do": what_to_do,
    }


ROUTES = [
    Route("/v1/campaigns", create, methods=["POST"]),
    Route("/v1/campaigns", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}", show, methods=["GET"]),
    *(
        Route(f"/v1/campaigns/{{id}}/{verb}", command, methods=["POST"])
        for verb in ("start", "pause", "resume", "cancel")
    ),
]
