"""Campaigns over HTTP: create, look, start, pause, resume, cancel."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.account import AccountPause, AccountState
from domain.budget import window_of
from domain.campaign import CANARY, CampaignPause, CampaignState
from domain.phone_number import mask
from domain.probe import probe_due
from entrypoints import commands
from entrypoints.campaign_input import parse_campaign, parse_json
from entrypoints.http_access import COMMANDS, READS, allow
from entrypoints.http_json import JsonResponse, time_text
from entrypoints.http_masking import shown_codes, word_or_none
from entrypoints.http_parts import (
    AT_LEAST_SECONDS_MAX,
    POSITIONS_MAX,
    Parts,
    caller_metadata,
    moment_of,
    parts_of,
    path_value,
    read_body,
    whole_number,
)
from entrypoints.policy_shown import shown_policy
from entrypoints.reads import CampaignRead, Moment
from entrypoints.start_input import parse_start
from projections.campaign_summary import Summary
from projections.in_flight import SLOT_HELD_MAX
from projections.store import ViewsUnusable

CAMPAIGN_BYTES_MAX = 256 * 1024
START_BYTES_MAX = 16 * 1024
PAGE_CAMPAIGNS_DEFAULT = 100
PAGE_CAMPAIGNS_MAX = 1_000
RESUME = "resume it when the reason is gone"
WHAT_TO_DO: Mapping[str, str] = {
    "insufficient_balance": "add balance at MiniVoice, then resume",
    "unauthorized": "set MINIVOICE_API_KEY to a key that MiniVoice knows, restart, then resume",
    "no_active_trunk": "have the trunk activated at MiniVoice, then resume",
    "spend_control_exceeded": "raise the spend limit at MiniVoice, then resume",
    "invalid_request": "compare the stored request bodies with MiniVoice's documentation, then resume",
    "invalid_json": "compare the stored request bodies with MiniVoice's documentation, then resume",
    "rate_not_found": "ask MiniVoice for a rate for this destination, then resume",
    "calls_max": "raise policy.budget.calls_max by revising the campaign, then resume; or cancel it",
    "cost_max": "raise policy.budget.cost_max by revising the campaign, then resume; or cancel it",
    "failures": "look at the failed calls and their codes, put right what they show, then resume; the count begins anew",
    "refusals": "look at the refused recipients and their codes, put right what they show, then resume; the count begins anew",
    "short_calls": "listen to what the short calls were answered with, put right what they show, then resume; the count begins anew",
}
WHAT_TO_DO_BY_STATUS: Mapping[int, str] = {
    401: WHAT_TO_DO["unauthorized"],
    402: WHAT_TO_DO["insufficient_balance"],
    403: "ask MiniVoice what it does not allow, then resume",
    404: "check MINIVOICE_BASE_URL: what answers there knows no calls; restart, then resume",
    405: "check MINIVOICE_BASE_URL: what answers there takes no calls; restart, then resume",
}


async def create(request: Request) -> Response:
    """POST /v1/campaigns."""
    caller = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id, plan = parse_campaign(parse_json(await read_body(request, CAMPAIGN_BYTES_MAX)))
    done = await parts.ledger.execute(
        commands.create_campaign(campaign_id, plan), lane="commands", metadata=caller_metadata(caller)
    )
    shown = await campaign_after(parts, campaign_id, done.position)
    return JsonResponse(shown, status_code=201 if done.result else 200)


async def listing(request: Request) -> Response:
    """GET /v1/campaigns."""
    caller = allow(request, READS)
    parts = parts_of(request)
    limit = whole_number(request, "limit", PAGE_CAMPAIGNS_DEFAULT, 1, PAGE_CAMPAIGNS_MAX)
    after = whole_number(request, "after", 0, 0, POSITIONS_MAX)
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.campaigns, moment, after, limit)
    items = [_shown(item, caller.sees_numbers) for item in read.items]
    following = None if read.following is None else str(read.following)
    return JsonResponse({"items": items, "next": following, "position": read.position, "judged_at": moment.instant})


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}."""
    caller = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.campaign, campaign_id, moment)
    notes = [] if moment.position is not None else _notes_now(parts, campaign_id)
    return JsonResponse(_shown(read, caller.sees_numbers, notes))


async def command(request: Request) -> Response:
    """POST /v1/campaigns/{id}/start, pause, resume or cancel."""
    caller = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    match request.url.path.rpartition("/")[2]:
        case "start":
            started = parse_start(await read_body(request, START_BYTES_MAX))
            decide = commands.start_campaign(campaign_id, started.canary)
        case "pause":
            decide = commands.pause_campaign(campaign_id)
        case "resume":
            await parts.fresh()
            decide = commands.resume_campaign(campaign_id, parts.in_flight.fingerprint)
        case _:
            decide = commands.cancel_campaign(campaign_id)
    done = await parts.ledger.execute(decide, lane="commands", metadata=caller_metadata(caller))
    return JsonResponse(await campaign_after(parts, campaign_id, done.position, done.result))


async def campaign_after(parts: Parts, campaign_id: str, position: int, notes: Sequence[str] = ()) -> dict[str, Any]:
    """A campaign once a command on it is on disk; where the views do not come that far in time, without their figures."""
    said = [*notes, *_notes_now(parts, campaign_id)]
    try:
        if await parts.projector.wait_for(position, AT_LEAST_SECONDS_MAX):
            moment = Moment(None, parts.clock())
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


def _notes_now(parts: Parts, campaign_id: str) -> list[str]:
    overdue = _overdue_notes(parts.in_flight.slots_overdue(campaign_id, parts.clock()))
    return [*overdue, *_budget_notes(parts, campaign_id), *_canary_notes(parts, campaign_id)]


def _canary_notes(parts: Parts, campaign_id: str) -> list[str]:
    state = parts.in_flight.campaigns.get(campaign_id)
    if state is None or state.phase != "running" or state.canary is None:
        return []
    begun = parts.in_flight.attempts_begun(campaign_id)
    return [f"a canary: it pauses once {state.canary} calls are over; {begun} have begun"]


def _budget_notes(parts: Parts, campaign_id: str) -> list[str]:
    """What a running campaign with a cost in its budget goes by, and how old that is."""
    state, watch = parts.in_flight.campaigns.get(campaign_id), parts.usage_watch
    if state is None or state.phase != "running" or state.started_at is None or watch is None:
        return []
    budget = None if state.plan.policy is None else state.plan.policy.budget
    if budget is None or budget.cost_max is None:
        return []
    why = watch.trouble(campaign_id)
    failed = "" if why is None else f"; MiniVoice's usage cannot be read ({why})"
    usage = parts.in_flight.account.usages.get(window_of(state.started_at))
    told_at = watch.told_at(campaign_id)
    if usage is None or told_at is None:
        return [f"what was spent is not known yet, so nobody is called{failed}"]
    said = usage.observed
    if said.cost_currency != budget.currency:
        currencies = f"MiniVoice settles in {said.cost_currency}, and the budget is in {budget.currency}"
        return [f"{currencies}: nobody is called; revise policy.budget"]
    age = max(0, round((parts.clock() - told_at).total_seconds()))
    spent = f"the account has spent {said.cost_amount} {said.cost_currency} since {time_text(state.started_at)}"
    return [f"{spent}, of {budget.cost_max}; MiniVoice said so {age} s ago{failed}"]


def _overdue_notes(overdue: int) -> list[str]:
    if not overdue:
        return []
    hours = SLOT_HELD_MAX.total_seconds() / 3_600
    return [f"calls open for more than {hours:g} h: {overdue}; new ones are placed in their stead"]


def shown_pause(campaign: CampaignState, account: AccountState) -> dict[str, Any] | None:
    """The pause that keeps a campaign still: its own, or the account's while it would run."""
    scope: str
    pause: CampaignPause | AccountPause
    if campaign.phase == "paused" and campaign.pause is not None:
        scope, pause = "campaign", campaign.pause
    elif campaign.phase == "running" and account.pause is not None:
        scope, pause = "account", account.pause
    else:
        return None
    what_to_do = WHAT_TO_DO.get(pause.code or "") or WHAT_TO_DO_BY_STATUS.get(pause.status or 0, RESUME)
    if pause.cause == CANARY:
        what_to_do = (
            f"look at what became of these calls, then `dialtrail campaign resume {campaign.campaign_id}` to call all others, "
            f"or `dialtrail campaign cancel {campaign.campaign_id}`"
        )
    elif pause.cause == "operator":
        what_to_do = f"`dialtrail campaign resume {campaign.campaign_id}` lets it dial again"
    return {
        "scope": scope,
        "cause": pause.cause,
        "code": pause.code,
        "status": pause.status,
        "body": pause.body,
        "at": pause.at,
        "evidence": pause.evidence if isinstance(pause, CampaignPause) else None,
        "probes": pause.probes,
        "probe_at": probe_due(None if campaign.plan.policy is None else campaign.plan.policy.probe, pause),
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
