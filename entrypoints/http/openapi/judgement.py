"""The routes of the dialer's judgement: explained, recomputed, foreseen for a new plan and before a start."""

from typing import Any, get_args

from adapters.documents.revision import RevisionInput
from application.preflight.figures import LimitedBy
from domain.campaign import Phase
from domain.dialing import Scope
from domain.status import STATUSES
from entrypoints.http.openapi.campaigns import ID, OURS_IN_METADATA
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, VIEW, Operation
from entrypoints.http.openapi.shape import (
    AMOUNT,
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
)
from entrypoints.http.routes import judgement

RULE = record(
    {
        "rule": TEXT,
        "stands_against": FLAG,
        "scope": one_of(*get_args(Scope)),
        "final": FLAG,
        "until": nullable(INSTANT),
        "inputs": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean", "null"]}},
    }
)
EXPLAINED = record(
    {
        "campaign_id": CAMPAIGN_ID,
        "number": NUMBER,
        "position": POSITION,
        "judged_at": INSTANT,
        "may_dial": FLAG,
        "status": one_of(*STATUSES),
        "reason": nullable(TEXT),
        "until": nullable(INSTANT),
        "zones": {**many(TEXT), "description": "the zones by whose clocks this recipient is judged"},
        "rules": {**many(RULE), "description": "every rule once, those that stand against a call first"},
    }
)
DECISION: Schema = record(
    {"position": POSITION, "attempt_id": TEXT, "campaign_id": TEXT, "field": TEXT, "stored": {}, "recomputed": {}}
)
HELD_BY = record({"reason": TEXT, "until": {**nullable(INSTANT), "description": "the earliest"}, "recipients": COUNT})
SIDE = record({**dict.fromkeys(("queued", "held", "under_way", "final"), COUNT), "held_by": many(HELD_BY)})
PLACE = record({"status": one_of(*STATUSES), "reason": nullable(TEXT)})
FORECAST = record(
    {
        "recipients": COUNT,
        "not_judged": {
            **COUNT,
            "description": "dialled before, and too many to judge each: the figures leave them out",
        },
        "before": SIDE,
        "after": SIDE,
        "moves": many(record({"from": PLACE, "to": PLACE, "until": nullable(INSTANT), "recipients": COUNT})),
    }
)
REVISED = record(
    {
        "campaign_id": CAMPAIGN_ID,
        "preview": FLAG,
        "reason": TEXT,
        "changes": many(record({"field": TEXT, "before": {}, "after": {}})),
        "forecast": {**nullable(FORECAST), "description": "of a preview"},
        "campaign": {**nullable(ref("Campaign")), "description": "of what is no preview"},
        "position": POSITION,
        "judged_at": INSTANT,
    }
)
BY_RULE: Schema = {"type": "object", "additionalProperties": COUNT}
ZONE_END = record({"zone_key": TEXT, "people": COUNT, "ends_at": nullable(INSTANT)})
ESTIMATE = record(
    {
        "to_call": COUNT,
        "calls_per_second": AMOUNT,
        "limited_by": {
            **one_of(*get_args(LimitedBy)),
            "description": "the campaign's own limit, or the account's, set or found out",
        },
        "call_seconds": {**AMOUNT, "description": "how long a call is taken to hold its place"},
        "seen_calls": {**COUNT, "description": "the ended calls that this is the mean of; 0: it is assumed"},
        "seconds": {**AMOUNT, "description": "how long the dialling takes, closed hours left out"},
        "ends_at": {**nullable(INSTANT), "description": "null where that is never, or too far away to say"},
        "zones": many(ZONE_END),
    }
)
PREFLIGHT = record(
    {
        "campaign_id": CAMPAIGN_ID,
        "position": POSITION,
        "judged_at": INSTANT,
        "state": one_of(*get_args(Phase)),
        "recipients": COUNT,
        **dict.fromkeys(("callable_now", "later_today", "later", "suppressed"), COUNT),
        "capped": {**BY_RULE, "description": "by rule"},
        "not_dialable": {**BY_RULE, "description": "by rule, or by status"},
        **dict.fromkeys(("under_way", "done", "not_judged"), COUNT),
        "repeated": {**COUNT, "description": "of those who wait: who wait in another campaign that runs, too"},
        "estimate": ESTIMATE,
        "warnings": many(record({"about": TEXT, "says": TEXT})),
    }
)


def _revision_input() -> Schema:
    schema: dict[str, Any] = RevisionInput.model_json_schema()
    ours = {"anyOf": [{"required": [name]} for name in OURS_IN_METADATA]}
    schema["properties"]["metadata"] |= {"description": "takes the place of all there is", "not": ours}
    return schema


SCHEMAS: dict[str, Schema] = {"RevisionInput": _revision_input()}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/recipients/{number}/explain",
        summary="Why a recipient may be called or not, rule by rule",
        parameters=(ID, in_path("number", E164, "the recipient"), as_of()),
        answers={200: EXPLAINED},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/decisions/compare",
        summary="The verdicts among the next events of the ledger, recomputed, and where they come out otherwise",
        description="Roles: auditor, operator.",
        parameters=(
            in_query("campaign", CAMPAIGN_ID, "only this campaign's"),
            after(),
            limit(judgement.DECISIONS_EVENTS_DEFAULT, judgement.DECISIONS_EVENTS_MAX),
        ),
        answers={200: page(DECISION, compared=COUNT, position=POSITION)},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="POST",
        path="/v1/campaigns/{id}/revise",
        summary="Give a campaign another plan, or see what that would change",
        description=(
            "What is left out stays as it is. 202 where its policy wants a second person to approve it first. 409 where the "
            "campaign has ended, or nobody could approve it. Role: operator."
        ),
        parameters=(ID,),
        bodies={JSON: ref("RevisionInput")},
        answers={200: REVISED, 202: ref("WaitingChange")},
        problems=(*COMMAND, *BODY, "not-found", "view-behind", "needs-second-person"),
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/preflight",
        summary="Who may be called when, how long it takes, and what to look at before the start",
        parameters=(ID, at_least()),
        answers={200: PREFLIGHT},
        problems=(*VIEW, "not-found"),
    ),
)
