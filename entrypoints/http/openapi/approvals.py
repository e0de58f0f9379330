"""The routes of changes that a second person has to approve."""

from typing import get_args

from adapters.documents.decision import DecisionInput
from domain.campaign import ChangeKind, ChangeStatus
from entrypoints.http.openapi.campaigns import ID
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, Operation
from entrypoints.http.openapi.shape import (
    CAMPAIGN_ID,
    COUNT,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    after,
    as_of,
    in_path,
    limit,
    many,
    nullable,
    one_of,
    page,
    record,
    ref,
)
from entrypoints.http.routes.approvals import PAGE_CHANGES_DEFAULT, PAGE_CHANGES_MAX

CHANGE_ID = in_path("change_id", {**TEXT, "minLength": 1, "maxLength": 64}, "the change")
CHANGE = record(
    {
        "change_id": TEXT,
        "change": one_of(*get_args(ChangeKind)),
        "status": one_of(*get_args(ChangeStatus)),
        "requested_by": {**TEXT, "description": "the name of a token"},
        "requested_at": INSTANT,
        "expires_at": {**INSTANT, "description": "from then on nobody can approve it"},
        "reason": {**nullable(TEXT), "description": "of who asked; not for viewers"},
        "canary": {**nullable(COUNT), "description": "of a start"},
        "changes": {
            **many(record({"field": TEXT, "before": {}, "after": {}})),
            "description": "of a revision: what differs from the plan that held when it was asked for",
        },
        "decided_by": nullable(TEXT),
        "settled_at": {**nullable(INSTANT), "description": "when it was approved, declined or superseded"},
        "why": {**nullable(TEXT), "description": "of who decided (not for viewers), or what came in its way"},
    }
)
WAITING = record(
    {
        "campaign_id": CAMPAIGN_ID,
        "change": ref("Change"),
        "replaces": {**nullable(TEXT), "description": "the change of the same kind whose place it took"},
        "position": POSITION,
    }
)
DECIDED = record(
    {"campaign_id": CAMPAIGN_ID, "change": ref("Change"), "campaign": ref("Campaign"), "position": POSITION}
)
SCHEMAS: dict[str, Schema] = {
    "Change": CHANGE,
    "WaitingChange": WAITING,
    "DecisionInput": DecisionInput.model_json_schema(),
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/changes",
        summary="The starts and revisions of a campaign that took a second person, and what became of each",
        parameters=(ID, after(), limit(PAGE_CHANGES_DEFAULT, PAGE_CHANGES_MAX), as_of()),
        answers={200: page(ref("Change"), position=POSITION, judged_at=INSTANT)},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="POST",
        path="/v1/campaigns/{id}/changes/{change_id}/approve",
        summary="Let a change come about that somebody else asked for",
        description="409 where it no longer fits, or who asked for it approves it. Role: operator.",
        parameters=(ID, CHANGE_ID),
        bodies={JSON: ref("DecisionInput")},
        needs_body=False,
        answers={200: DECIDED},
        problems=(*COMMAND, *BODY, "not-found", "needs-second-person"),
    ),
    Operation(
        method="POST",
        path="/v1/campaigns/{id}/changes/{change_id}/decline",
        summary="Let a change not come about, or take back one's own",
        description="409 where it does not wait any more. Role: operator.",
        parameters=(ID, CHANGE_ID),
        bodies={JSON: ref("DecisionInput")},
        needs_body=False,
        answers={200: DECIDED},
        problems=(*COMMAND, *BODY, "not-found"),
    ),
)
