"""The routes of recipients, suppressions and unresolved attempts."""

from typing import get_args

from domain.dialing import Scope
from domain.recipient import Concerns
from domain.recipient.state import AttemptPhase
from domain.status import STATUSES
from entrypoints.http.openapi.campaigns import ID
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, VIEW, Operation
from entrypoints.http.openapi.shape import (
    CALL_ID,
    CAMPAIGN_ID,
    COUNT,
    E164,
    FLAG,
    INSTANT,
    NUMBER,
    POSITION,
    TEXT,
    Schema,
    after,
    as_of,
    at_least,
    in_path,
    in_query,
    limit,
    many,
    nullable,
    one_of,
    page,
    record,
    ref,
    texts,
)
from entrypoints.http.routes import attempts, enrolment, recipients, suppressions
from entrypoints.http.routes.attempts import ResolutionInput
from entrypoints.http.routes.suppressions import SuppressionInput

PHASES = ("dialing", "in_progress", "ended")
IMPORT_ID: Schema = {"type": "string", "minLength": 1, "maxLength": enrolment.IMPORT_ID_CHARS_MAX}
RECIPIENT_FIELDS: dict[str, Schema] = {
    "number": NUMBER,
    "status": one_of(*STATUSES),
    "reason": nullable(TEXT),
    "until": nullable(INSTANT),
    "attempts": {**COUNT, "description": "those that used up one of the recipient's"},
    "call_id": nullable(TEXT),
    "code": {**nullable(TEXT), "description": "MiniVoice's last error code"},
    "zone": nullable(TEXT),
    "variables": texts(),
}
ATTEMPT = record(
    {
        "attempt_id": TEXT,
        "phase": one_of(*get_args(AttemptPhase)),
        "started_at": INSTANT,
        "changed_at": INSTANT,
        "call_id": nullable(TEXT),
        "status": nullable({"type": "integer"}),
        "code": nullable(TEXT),
        "concerns": nullable(one_of(*get_args(Concerns))),
        "why": {**nullable(TEXT), "description": "not for viewers"},
        "counts": FLAG,
    }
)
REASON = record(
    {
        "rule": TEXT,
        "scope": one_of(*get_args(Scope)),
        "final": FLAG,
        "until": nullable(INSTANT),
        "inputs": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean", "null"]}},
    }
)
VERDICT = record({"may_dial": FLAG, "judged_at": INSTANT, "reasons": many(REASON)})
ROW = {
    "description": "a row that cannot be used is a complaint in the answer, and the others are enrolled",
    "anyOf": [
        record(
            {
                "line": {"type": "integer", "minimum": 1},
                "number": E164,
                "zone": nullable(TEXT),
                "variables": nullable(texts()),
            },
            optional=["line", "zone", "variables"],
        ),
        {},
    ],
}
ENROLMENT = record(
    {
        "import": nullable(IMPORT_ID),
        "recipients": {"type": "array", "items": ROW, "maxItems": enrolment.IMPORT_ROWS_MAX},
    },
    optional=["import"],
)
ENROLLED = record(
    {
        "import": TEXT,
        **dict.fromkeys(("rows", "enrolled", "already_enrolled", "repeated", "rejected"), COUNT),
        "complaints": many(record({"line": COUNT, "field": TEXT, "reason": TEXT})),
        "warnings": many(record({"line": COUNT, "field": TEXT, "reason": TEXT, "rows": COUNT})),
        "position": POSITION,
    }
)
SUPPRESSION_ROW = {
    "description": "a row that cannot be used is a complaint in the answer, and the others are suppressed",
    "anyOf": [
        record(
            {
                "line": {"type": "integer", "minimum": 1},
                "number": E164,
                **dict.fromkeys(("source", "reason", "expires_at"), nullable(TEXT)),
            },
            optional=["line", "source", "reason", "expires_at"],
        ),
        {},
    ],
}
SUPPRESSED = record(
    {
        **dict.fromkeys(("rows", "suppressed", "already_suppressed", "rejected"), COUNT),
        "complaints": many(record({"line": COUNT, "field": TEXT, "reason": TEXT})),
        "position": POSITION,
    }
)
SUPPRESSION = record({"number": E164, "suppressed": FLAG, "changed": FLAG, "position": POSITION})
CANDIDATE = record(
    {"call_id": TEXT, "from": NUMBER, "to": NUMBER, "created_at": nullable(INSTANT), "phase": one_of(*PHASES)}
)
UNRESOLVED = record(
    {
        "attempt_id": TEXT,
        "campaign_id": TEXT,
        "number": NUMBER,
        "phase": one_of("unresolved"),
        "started_at": INSTANT,
        "changed_at": nullable(INSTANT),
        "why": {**nullable(TEXT), "description": "not for viewers"},
        "candidates": many(CANDIDATE),
    }
)
RESOLVED = record(
    {
        "attempt_id": TEXT,
        "campaign_id": nullable(TEXT),
        "call_id": nullable(TEXT),
        "redial": FLAG,
        "position": POSITION,
    }
)


def _suppression_input() -> Schema:
    schema = SuppressionInput.model_json_schema()
    schema["properties"]["number"] |= E164
    schema["properties"]["expires_at"] |= {"description": "with a zone, and in the future; null: for good"}
    return schema


def _resolution_input() -> Schema:
    schema = ResolutionInput.model_json_schema()
    a_call = {"properties": {"call": CALL_ID, "none": {"const": False}, "redial": {"const": False}}}
    no_call = {"properties": {"call": {"type": "null"}, "none": {"const": True}}}
    return {**schema, "oneOf": [{**a_call, "required": ["call"]}, {**no_call, "required": ["none"]}]}


SCHEMAS: dict[str, Schema] = {
    "RecipientListed": record({**RECIPIENT_FIELDS, "since": INSTANT}),
    "Recipient": record(
        {
            **RECIPIENT_FIELDS,
            "campaign_id": CAMPAIGN_ID,
            "history": many(ATTEMPT),
            "verdict": VERDICT,
            "position": POSITION,
        }
    ),
    "Enrolment": ENROLMENT,
    "SuppressionInput": _suppression_input(),
    "SuppressionList": record(
        {"suppressions": {"type": "array", "items": SUPPRESSION_ROW, "maxItems": suppressions.ROWS_MAX}}
    ),
    "ResolutionInput": _resolution_input(),
}

OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/campaigns/{id}/recipients",
        summary="Enrol recipients, from JSON or CSV",
        description="All usable rows in one commit, or none. Role: operator.",
        parameters=(ID, in_query("import", IMPORT_ID, "names the import; for CSV, as JSON has a member for it")),
        bodies={JSON: ref("Enrolment"), "text/csv": {**TEXT, "description": "a header with `number`, then rows"}},
        answers={200: ENROLLED},
        problems=(*COMMAND, *BODY, "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/recipients",
        summary="A campaign's recipients, in the order of enrolment",
        parameters=(
            ID,
            in_query("status", one_of(*STATUSES), "only those"),
            after(recipients.PLACES_MAX),
            limit(recipients.PAGE_ROWS_DEFAULT, recipients.PAGE_ROWS_MAX),
            as_of(),
            at_least(),
        ),
        answers={200: page(ref("RecipientListed"), position=POSITION, judged_at=INSTANT)},
        problems=(*VIEW, "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/recipients/{number}",
        summary="One recipient, folded from the ledger, with every attempt",
        parameters=(ID, in_path("number", E164, "the recipient"), as_of()),
        answers={200: ref("Recipient")},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="POST",
        path="/v1/suppressions",
        summary="Nobody calls this person any more, or these people",
        description=(
            "201 where one person was named and that changed something. `expires_at` must be in the future. "
            "Of a list, all usable rows in one commit, or none. Role: operator."
        ),
        bodies={
            JSON: {"anyOf": [ref("SuppressionInput"), ref("SuppressionList")]},
            "text/csv": {**TEXT, "description": "a header with `number`, if wanted `source`, `reason`, `expires_at`"},
        },
        answers={201: SUPPRESSION, 200: {"anyOf": [SUPPRESSION, SUPPRESSED]}},
        problems=(*COMMAND, *BODY),
    ),
    Operation(
        method="DELETE",
        path="/v1/suppressions/{number}",
        summary="Lift a suppression",
        description="Role: operator.",
        parameters=(in_path("number", E164, "the person"),),
        answers={200: SUPPRESSION},
        problems=(*COMMAND, "invalid-input", "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/attempts",
        summary="The attempts of which nobody knows whether there is a call",
        parameters=(
            in_query("phase", one_of("unresolved"), "only these are listed"),
            in_query("campaign", CAMPAIGN_ID, "only this campaign's"),
            after(attempts.PLACES_MAX),
            limit(attempts.PAGE_ATTEMPTS_DEFAULT, attempts.PAGE_ATTEMPTS_MAX),
        ),
        answers={200: page(UNRESOLVED, position=POSITION)},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="POST",
        path="/v1/attempts/{id}/resolve",
        summary="A person's word on an unresolved attempt",
        description="409 against better evidence. Role: operator.",
        parameters=(in_path("id", {"type": "string", "minLength": 1}, "the attempt"),),
        bodies={JSON: ref("ResolutionInput")},
        answers={200: RESOLVED},
        problems=(*COMMAND, *BODY, "not-found", "view-behind"),
    ),
)
