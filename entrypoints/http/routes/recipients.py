"""Recipients over HTTP: enrol them, list them, look at one, suppress and release."""

import asyncio
import io
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from msgspec import structs
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.campaign import invalid_input, parse_json
from adapters.recipient_file import Complaint, RecipientRow, read_recipients, recipient_from_fields
from application.actor import Actor
from application.commands import recipients
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_inputs, shown_reason, shown_text, shown_word
from domain import recipient
from domain.call import CallState
from domain.dialing import Verdict, judge_person
from domain.errors import InvalidInput, NotFound
from domain.identity import account_stream, call_stream, campaign_stream
from domain.phone_number import mask, parse_number, plan_warning
from domain.recipient import RecipientState
from domain.status import STATUSES, RecipientStatus, status_of
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, moment_of, parts_of, path_value, read_body, whole_number
from entrypoints.http.problems import TooLarge
from entrypoints.http.routes.suppressions import rows_of_csv, rows_of_json, suppress_many
from projections.folded import account_of, call_of, campaign_of, recipient_of

IMPORT_BYTES_MAX = 16 * 1024 * 1024
IMPORT_ROWS_MAX = 10_000
IMPORT_ID_CHARS_MAX = 100
PAGE_ROWS_DEFAULT = 100
PAGE_ROWS_MAX = 1_000
PLACES_MAX = 10**12
ROW_FIELDS = frozenset({"line", "number", "zone", "variables"})


async def enroll(request: Request) -> Response:
    """POST /v1/campaigns/{id}/recipients."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    campaign_id = path_value(request, "id")
    body = await read_body(request, IMPORT_BYTES_MAX)
    import_id = _import_id(request.query_params.get("import"))
    if _is_csv(request):
        read: Iterable[RecipientRow | Complaint] = read_recipients(_lines(body))
    else:
        named, read = _from_json(parse_json(body))
        import_id = import_id if named is None else named
    import_id = parts.new_id() if import_id is None else import_id
    rows: list[tuple[str, RecipientRow]] = []
    complaints: list[Complaint] = []
    warnings: dict[str, dict[str, Any]] = {}
    for place, row in enumerate(read):
        if place >= IMPORT_ROWS_MAX:
            raise TooLarge(
                "recipients", f"at most {IMPORT_ROWS_MAX} rows a request; send the file in parts, under one import"
            )
        if isinstance(row, Complaint):
            complaints.append(row)
            continue
        rows.append((parts.ledger.recipient_stream(row.number), row))
        warning = plan_warning(row.number)
        if warning is not None:
            first = {"line": row.line, "field": "number", "reason": warning, "rows": 0}
            warnings.setdefault(warning, first)["rows"] += 1
    done = await parts.ledger.execute(
        recipients.enroll_recipients(campaign_id, import_id, rows), lane="imports", metadata=actor.metadata
    )
    return JsonResponse(
        {
            "import": import_id,
            "rows": len(rows) + len(complaints),
            "enrolled": done.result.enrolled,
            "already_enrolled": done.result.already_enrolled,
            "repeated": len(done.result.repeats),
            "rejected": len(complaints) + len(done.result.lacking),
            "complaints": sorted(
                [*complaints, *done.result.repeats, *done.result.lacking], key=lambda complaint: complaint.line
            ),
            "warnings": list(warnings.values()),
            "position": done.position,
        }
    )


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


class SuppressionInput(BaseModel):
    """The body of POST /v1/suppressions."""

    model_config = ConfigDict(extra="forbid")

    number: str
    source: str = Field("operator", min_length=1, max_length=100)
    reason: str | None = Field(None, max_length=1_000)
    expires_at: AwareDatetime | None = None


async def suppress(request: Request) -> Response:
    """POST /v1/suppressions: one person, or a list of them."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    body = await read_body(request, IMPORT_BYTES_MAX)
    if _is_csv(request):
        return await suppress_many(parts, actor, rows_of_csv(body))
    written = parse_json(body)
    if isinstance(written, dict) and "suppressions" in written:
        return await suppress_many(parts, actor, rows_of_json(written))
    try:
        given = SuppressionInput.model_validate(written)
    except ValidationError as error:
        raise invalid_input(error, "body") from None
    number = parse_number(given.number, "number")
    try:
        expires_at = None if given.expires_at is None else given.expires_at.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("expires_at", "is not a possible time") from None
    if expires_at is not None and expires_at <= parts.clock():
        raise InvalidInput("expires_at", "is in the past")
    done = await parts.ledger.execute(
        recipients.suppress_recipient(
            parts.ledger.recipient_stream(number), number, given.source, given.reason, expires_at
        ),
        lane="commands",
        metadata=actor.metadata,
    )
    return JsonResponse(
        {"number": number, "suppressed": True, "changed": done.result, "position": done.position},
        status_code=201 if done.result else 200,
    )


async def release(request: Request) -> Response:
    """DELETE /v1/suppressions/{number}."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    number = parse_number(path_value(request, "number"), "number")
    done = await parts.ledger.execute(
        recipients.release_recipient(parts.ledger.recipient_stream(number)), lane="commands", metadata=actor.metadata
    )
    return JsonResponse({"number": number, "suppressed": False, "changed": done.result, "position": done.position})


def _is_csv(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"


def _lines(body: bytes) -> Iterable[str]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InvalidInput("body", f"line {line} is not UTF-8; save the file as CSV in UTF-8") from None
    return io.StringIO(text, newline="")


def _import_id(text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= IMPORT_ID_CHARS_MAX:
        raise InvalidInput("import", f"must have 1 to {IMPORT_ID_CHARS_MAX} characters")
    return text


def _from_json(given: object) -> tuple[str | None, Iterable[RecipientRow | Complaint]]:
    if not isinstance(given, dict) or not isinstance(given.get("recipients"), list):
        raise InvalidInput("recipients", 'must be a list of objects such as {"number": "+15551230002"}')
    unknown = given.keys() - {"import", "recipients"}
    if unknown:
        raise InvalidInput(min(unknown), "is not a field that is known here")
    import_id = given.get("import")
    if import_id is not None and not isinstance(import_id, str):
        raise InvalidInput("import", "must be a text")
    return _import_id(import_id), (_row(place, fields) for place, fields in enumerate(given["recipients"], start=1))


def _row(place: int, fields: object) -> RecipientRow | Complaint:
    if not isinstance(fields, dict):
        return Complaint(line=place, field="row", reason='must be an object such as {"number": "+15551230002"}')
    line = fields.get("line", place)
    if isinstance(line, bool) or not isinstance(line, int) or not 0 < line < PLACES_MAX:
        return Complaint(line=place, field="line", reason="must be a whole number from 1")
    variables = fields.get("variables")
    if variables is not None and not isinstance(variables, dict):
        return Complaint(line=line, field="variables", reason='must be an object of texts such as {"name": "Ada"}')
    unknown = min(fields.keys() - ROW_FIELDS, default=None)
    if unknown is not None:
        return Complaint(line=line, field=unknown, reason='is not a field that is known here; put it into "variables"')
    columns = {name: value for name, value in fields.items() if name in {"number", "zone"}}
    for name in variables or ():
        if name.strip().casefold() in {"number", "zone"}:
            return Complaint(line=line, field=name, reason='belongs beside "variables", not into it')
    return recipient_from_fields(line, columns | (variables or {}))


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
    Route("/v1/campaigns/{id}/recipients", enroll, methods=["POST"]),
    Route("/v1/campaigns/{id}/recipients", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/recipients/{number}", one, methods=["GET"]),
    Route("/v1/suppressions", suppress, methods=["POST"]),
    Route("/v1/suppressions/{number}", release, methods=["DELETE"]),
]
