"""The routes that read the views of calls, and those about the views themselves."""

from application.moment import POSITION_DIGITS_MAX
from entrypoints.http.openapi.calls import OUTCOMES, PHASES
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, VIEW, Operation
from entrypoints.http.openapi.shape import (
    AMOUNT,
    CALL_ID,
    CAMPAIGN_ID,
    COUNT,
    FLAG,
    INSTANT,
    NUMBER,
    POSITION,
    TEXT,
    Schema,
    after,
    at_least,
    in_query,
    limit,
    many,
    nullable,
    one_of,
    page,
    record,
    ref,
)
from entrypoints.http.routes import calls, views
from entrypoints.http.routes.views import RebuildInput
from projections.call_index import ANOMALIES
from projections.comparison import COMPARED_ROWS_MAX
from projections.views import VERSIONS

VIEWS = tuple(VERSIONS)
CALL_LISTED = record(
    {
        "call_id": CALL_ID,
        "campaign_id": nullable(TEXT),
        "number": nullable(NUMBER),
        "direction": nullable(TEXT),
        "phase": one_of(*PHASES),
        "outcome": nullable(one_of(*OUTCOMES)),
        "reached": FLAG,
        "step": nullable(TEXT),
        "created_at": nullable(INSTANT),
        "answered_at": nullable(INSTANT),
        "ended_at": nullable(INSTANT),
        "heard_at": {**INSTANT, "description": "when we first heard of it"},
        "anomalies": many(one_of(*ANOMALIES)),
    }
)
REBUILD = record({"done": COUNT, "of": COUNT, "started_at": INSTANT})
PARKED = record({"position": POSITION, "event": TEXT, "error": {**nullable(TEXT), "description": "not for viewers"}})
LOOK = record(
    {
        "items": many(record({"name": one_of(*VIEWS), "version": COUNT, "position": POSITION, "rows": COUNT})),
        "position": {**POSITION, "description": "the ledger's"},
        "behind_events": COUNT,
        "behind_seconds": AMOUNT,
        "rebuild": {**nullable(REBUILD), "description": "what is under way"},
        "parked": {**many(PARKED), "description": "events that the views could not take in, and were led past"},
        "made_anew": {**nullable(TEXT), "description": "why the views were last made anew by themselves"},
        "trouble": nullable(TEXT),
    }
)
DIFFERENCE = record({"view": one_of(*VIEWS), "what": TEXT, "field": TEXT, "view_says": {}, "ledger_says": {}})
SCHEMAS: dict[str, Schema] = {"CallListed": CALL_LISTED}

CURSOR: Schema = {"type": "string", "pattern": f"^((recipients|calls):[0-9]{{1,{POSITION_DIGITS_MAX}}})?$"}


def _rebuild_input() -> Schema:
    schema = RebuildInput.model_json_schema()
    schema["properties"]["views"] |= {"items": one_of(*VIEWS)}
    return schema


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/calls",
        summary="Calls, in the order in which we first heard of them",
        parameters=(
            in_query("campaign", CAMPAIGN_ID, "only this campaign's"),
            in_query("phase", one_of(*PHASES), "only those"),
            in_query("outcome", one_of(*OUTCOMES), "only those"),
            in_query("anomaly", one_of(*ANOMALIES), "only those with it"),
            after(),
            limit(calls.CALLS_PAGE_DEFAULT, calls.CALLS_PAGE_MAX),
            at_least(),
        ),
        answers={200: page(ref("CallListed"), position=POSITION)},
        problems=(*VIEW, "not-found"),
    ),
    Operation(
        method="GET",
        path="/v1/views",
        summary="How far each view has come",
        answers={200: LOOK},
        problems=READ,
    ),
    Operation(
        method="POST",
        path="/v1/views/rebuild",
        summary="Make views anew from the ledger, beside those in use",
        description="They hang together: naming one makes all of them anew. 409 while that is under way. Role: operator.",
        bodies={JSON: _rebuild_input()},
        needs_body=False,
        answers={202: record({"views": many(one_of(*VIEWS)), "position": POSITION})},
        problems=(*COMMAND, *BODY),
    ),
    Operation(
        method="GET",
        path="/v1/views/compare",
        summary="One page of recipients folded from the ledger, and where the views say otherwise",
        description="Roles: auditor, operator.",
        parameters=(
            in_query("after", CURSOR, "the `next` of the page before"),
            limit(views.COMPARED_ROWS_DEFAULT, COMPARED_ROWS_MAX),
            at_least(),
        ),
        answers={200: page(DIFFERENCE, compared=COUNT, position=POSITION)},
        problems=VIEW,
    ),
)
