"""Recipients over HTTP: list them, look at one."""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_inputs, shown_reason, shown_text, shown_word
from domain import recipient
from domain.call import CallState
from domain.dialing import Verdict, judge_person
from domain.errors import InvalidInput, NotFound
from domain.identity import account_stream, call_stream, campaign_stream
from domain.phone_number import mask, parse_number
from domain.recipient import RecipientState
from domain.status import STATUSES, RecipientStatus, status_of
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, moment_of, parts_of, path_value, whole_number
from projections.folded import account_of, call_of, campaign_of, recipient_of

PAGE_ROWS_DEFAULT = 100
PAGE_ROWS_MAX = 1_000
PLACES_MAX = 10**12


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    limit = whole_number(request.query_params, "limit", PAGE_ROWS_DEFAULT, 1, PAGE_ROWS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, PLACES_MAX)
    wanted = request.query_params.get("status")
    status = next((known for known in STATUSES if known == wanted), None)
    if wanted is not None and status is None:
        raise InvalidInput("status", f"is none of {', '.join(STATUSES)}")
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.recipients, campaign_id, moment, status, after, limit)
    items = [
        {
            **_shown(
                row.enrollment.number,
                row.enrollment.zone,
                row.enrollment.variables,
                RecipientStatus(
                    status=told.status,
                    reason=told.reason,
                    until=told.until,
                    attempts=row.standing.attempts,
                    call_id=row.standing.call_id,
                ),
                row.standing.code,
                actor,
            ),
            "since": row.standing.stands_at(read.judged_at).at,
        }
        for row, told in read.rows
    ]
    following = None if read.following is None else str(read.following)
    return JsonResponse({"items": items, "next": following, "position": read.position, "judged_at": read.judged_at})


async def one(request: Request) -> Response:
    """GET /v1/campaigns/{id}/recipients/{number}: folded from the ledger, so it has all that was acknowledged."""
    actor = allow(request, READS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    number = parse_number(path_value(request, "number"), "number")
    if parts.in_flight.fingerprint is None:
        await parts.fresh()
    return JsonResponse(await asyncio.to_thread(_one, parts, campaign_id, number, await as_of(request), actor))


def _one(parts: Installation, campaign_id: str, number: str, moment: Moment, actor: Actor) -> dict[str, Any]:
    position = moment.position
    read = parts.ledger.read_stream
    plan = campaign_of(read(campaign_stream(campaign_id), position))
    state = recipient_of(read(parts.ledger.recipient_stream(number), position))
    if plan is None or campaign_id not in state.enrollments:
        raise NotFound(f"this number is not enrolled in a campaign named {campaign_id}")
    known = account_of(read(account_stream(parts.in_flight.fingerprint or ""), position))
    calls = _calls(parts, state, position)
    verdict = judge_person(plan, state, known, calls, moment.instant, parts.only_numbers)
    status = status_of(state, campaign_id, calls, moment.instant, lambda: verdict)
    return {
        **_item(campaign_id, state, status, actor),
        "campaign_id": campaign_id,
        "history": [_attempt(attempt, actor) for attempt in state.attempts_in(campaign_id)],
        "verdict": {
            "may_dial": verdict.may_dial,
            "judged_at": verdict.judged_at,
            "reasons": _reasons(verdict, actor),
        },
        "position": position,
    }


def _calls(parts: Installation, state: RecipientState, position: int) -> dict[str, CallState]:
    return {
        call_id: call_of(parts.ledger.read_stream(call_stream(call_id), position))
        for call_id in {a.call_id for a in state.attempts if a.call_id is not None}
    }


def _item(campaign_id: str, state: RecipientState, status: RecipientStatus, actor: Actor) -> dict[str, Any]:
    enrollment = state.enrollments[campaign_id]
    code = state.last_error_code(campaign_id)
    return _shown(state.number, enrollment.zone, enrollment.variables, status, code, actor)


def _shown(
    number: str,
    zone: str | None,
    variables: Mapping[str, str],
    status: RecipientStatus,
    code: str | None,
    actor: Actor,
) -> dict[str, Any]:
    return {
        "number": number if actor.sees_numbers else mask(number),
        "status": status.status,
        "reason": shown_reason(status.status, status.reason, actor),
        "until": status.until,
        "attempts": status.attempts,
        "call_id": status.call_id,
        "code": shown_word(code, actor),
        "zone": zone,
        "variables": variables if actor.sees_numbers else {},
    }


def _reasons(verdict: Verdict, actor: Actor) -> list[dict[str, Any]]:
    return [{**structs.asdict(r), "inputs": shown_inputs(r.inputs, actor)} for r in verdict.reasons]


def _attempt(attempt: recipient.Attempt, actor: Actor) -> dict[str, Any]:
    return {
        "attempt_id": attempt.attempt_id,
        "phase": attempt.phase,
        "started_at": attempt.started_at,
        "changed_at": attempt.changed_at,
        "call_id": attempt.call_id,
        "status": attempt.status,
        "code": shown_word(attempt.code, actor),
        "concerns": attempt.concerns,
        "why": shown_text(attempt.why, actor),
        "counts": attempt.counts,
    }


ROUTES = [
    Route("/v1/campaigns/{id}/recipients", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/recipients/{number}", one, methods=["GET"]),
]
