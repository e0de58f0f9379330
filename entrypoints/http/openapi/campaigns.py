"""The routes of campaigns and of their recipients."""

from typing import get_args

from adapters.documents.campaign import CampaignInput
from adapters.documents.start import StartInput
from domain.campaign import Phase
from domain.recipient.state import AttemptPhase
from domain.status import STATUSES
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
    limit,
    many,
    nullable,
    one_of,
    page,
    record,
    ref,
    texts,
)
from entrypoints.http.routes.campaigns import PAGE_CAMPAIGNS_DEFAULT, PAGE_CAMPAIGNS_MAX
from entrypoints.http.routes.history import HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX
from projections.campaign_summary import CALL_ENDS

VERBS = ("pause", "resume", "cancel")
FIGURES = "null in a command's answer whose figures the views do not have yet"
ID = in_path("id", CAMPAIGN_ID, "the campaign")

PAUSE = record(
    {
        "scope": one_of("campaign", "account"),
        "cause": one_of("operator", "provider", "budget", "breaker", "canary"),
        "code": nullable(TEXT),
        "status": nullable({"type": "integer"}),
        "body": {**nullable(TEXT), "description": "all that MiniVoice said; not for viewers"},
        "at": INSTANT,
        "reason": {**TEXT, "description": "what the code means, in words"},
        "evidence": {**nullable(texts()), "description": "of a budget or a breaker: by what its limit was met"},
        "probes": {**COUNT, "description": "single calls that have tried the pause"},
        "probe_at": {**nullable(INSTANT), "description": "when the next one may"},
        "what_to_do": TEXT,
    }
)
LIMITS = record({"calls_per_second": AMOUNT, "calls_at_once": COUNT})
ATTEMPTS = record(dict.fromkeys(get_args(AttemptPhase), COUNT))
CALLS = record({"calls": COUNT, "seconds_total": AMOUNT, "seconds_max": AMOUNT})
MINUTE = record({"minute": INSTANT, "sent": COUNT, "answered": COUNT, "ended": COUNT})
SUMMARY = record(
    {
        "enrolled": COUNT,
        "dialled": {**COUNT, "description": "recipients with at least one attempt"},
        "reached": COUNT,
        "attempts": {**ATTEMPTS, "description": "where each attempt stands"},
        "codes": {"type": "object", "additionalProperties": COUNT, "description": "attempts by MiniVoice's error code"},
        "calls": {**record(dict.fromkeys(CALL_ENDS, CALLS)), "description": "seconds are from answer to end"},
        "pace": {**many(MINUTE), "description": "the last 60 whole minutes, without empty ones"},
    }
)
CAMPAIGN = record(
    {
        "id": CAMPAIGN_ID,
        "state": one_of(*get_args(Phase)),
        "pause": nullable(PAUSE),
        "from": NUMBER,
        "record": FLAG,
        "metadata": texts(),
        "limits": LIMITS,
        "policy": {
            **nullable({"type": "object"}),
            "description": "in the form in which it is sent; viewers see the numbers in it masked",
        },
        "script": {
            **nullable({"type": "object"}),
            "description": "in the form in which it is sent; viewers see where it sends a call and its sound masked",
        },
        "created_at": nullable(INSTANT),
        "recipients": {**nullable(record(dict.fromkeys(STATUSES, COUNT))), "description": FIGURES},
        "summary": {**nullable(SUMMARY), "description": FIGURES},
        "position": POSITION,
        "judged_at": INSTANT,
        "notes": many(TEXT),
    }
)
EVENT_OF_ITS_LIFE = record(
    {
        "position": POSITION,
        "event": TEXT,
        "recorded_at": INSTANT,
        "actor": {**nullable(TEXT), "description": "the role and the name of who did it"},
        "reason": nullable(TEXT),
        "changes": {
            **nullable(many(record({"field": TEXT, "before": {}, "after": {}}))),
            "description": "of the plan, by what is created, revised or asked for",
        },
        "details": {"type": "object", "description": "what else the event holds, such as the cause of a pause"},
    }
)
OURS_IN_METADATA = ("campaign_id", "attempt_id")


def _campaign_input() -> Schema:
    schema = CampaignInput.model_json_schema()
    fields = schema["properties"]
    fields["id"] |= CAMPAIGN_ID
    fields["from"] |= E164
    fields["metadata"] |= {
        "description": f"goes with every call; {' and '.join(OURS_IN_METADATA)} are ours, leave them out",
        "not": {"anyOf": [{"required": [name]} for name in OURS_IN_METADATA]},
    }
    return schema


SCHEMAS: dict[str, Schema] = {
    "Campaign": CAMPAIGN,
    "CampaignInput": _campaign_input(),
    "StartInput": StartInput.model_json_schema(),
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns",
        summary="All campaigns",
        parameters=(after(), limit(PAGE_CAMPAIGNS_DEFAULT, PAGE_CAMPAIGNS_MAX), as_of(), at_least()),
        answers={200: page(ref("Campaign"), position=POSITION, judged_at=INSTANT)},
        problems=VIEW,
    ),
    Operation(
        method="POST",
        path="/v1/campaigns",
        summary="Create a campaign",
        description="200 where the very same exists already; 409 where another has the id. Role: operator.",
        bodies={JSON: ref("CampaignInput")},
        answers={201: ref("Campaign"), 200: ref("Campaign")},
        problems=(*COMMAND, *BODY),
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}",
        summary="One campaign, with a count of recipients for each status",
        parameters=(ID, as_of(), at_least()),
        answers={200: ref("Campaign")},
        problems=(*VIEW, "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/history",
        summary="Who created, revised, started, paused and resumed a campaign, when, and why",
        description="Roles: auditor, operator.",
        parameters=(ID, after(), limit(HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX), as_of()),
        answers={200: page(EVENT_OF_ITS_LIFE, position=POSITION)},
        problems=(*READ, "invalid-input", "not-found"),
    ),
    Operation(
        method="POST",
        path="/v1/campaigns/{id}/start",
        summary="Start a campaign",
        description=(
            "With a canary, so many calls and then a pause. 202 where its policy wants a second person to approve it first. "
            "409 where its state does not allow it, or nobody could approve it. Role: operator."
        ),
        parameters=(ID,),
        bodies={JSON: ref("StartInput")},
        needs_body=False,
        answers={200: ref("Campaign"), 202: ref("WaitingChange")},
        problems=(*COMMAND, *BODY, "not-found", "needs-second-person"),
    ),
    *(
        Operation(
            method="POST",
            path=f"/v1/campaigns/{{id}}/{verb}",
            summary=f"{verb.capitalize()} a campaign",
            description="409 where its state does not allow it. Takes no body. Role: operator.",
            parameters=(ID,),
            answers={200: ref("Campaign")},
            problems=(*COMMAND, "invalid-input", "not-found"),
        )
        for verb in VERBS
    ),
)
