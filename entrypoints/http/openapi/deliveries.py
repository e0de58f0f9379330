"""The routes of deliveries: one call's, and the latest of all."""

from application.queries.deliveries import LATEST_EVENTS_MAX
from entrypoints.http.openapi.operation import READ, Operation
from entrypoints.http.openapi.shape import (
    AS_OF,
    CALL_ID,
    FLAG,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    after,
    as_of,
    in_path,
    in_query,
    limit,
    nullable,
    one_of,
    page,
    record,
    ref,
    texts,
)
from entrypoints.http.routes.deliveries import DELIVERIES_PAGE_DEFAULT, DELIVERIES_PAGE_MAX
from projections.deliveries import RESULTS

SECONDS: Schema = {"type": ["number", "null"], "minimum": 0}
SCHEMAS: dict[str, Schema] = {
    "Delivery": record(
        {
            "position": POSITION,
            "event": {**TEXT, "description": "the report's name; to viewers only where it looks like one"},
            "nth": {"type": "integer", "minimum": 1, "description": "the how manyth delivery of this report"},
            "is_repeat": {**FLAG, "description": "byte for byte one that had come before"},
            "is_changed": {**FLAG, "description": "under the key of one that came before, with another body"},
            "occurred_at": {**nullable(INSTANT), "description": "the provider's clock"},
            "received_at": {**nullable(INSTANT), "description": "when it arrived; null where that was not kept"},
            "recorded_at": {**INSTANT, "description": "when it was on disk"},
            "since_last_seconds": {**SECONDS, "description": "since the last delivery of the same report"},
            "stored_after_seconds": {**SECONDS, "description": "from its arrival until it was on disk, and answered"},
            "answered": {"type": "integer", "description": "our status; only what is on disk is known here"},
            "key": {**TEXT, "description": "what makes it the same report; empty to viewers"},
            "digest": {**TEXT, "description": "SHA-256 of the body; empty to viewers"},
            "headers": {**texts(), "description": "those of the signature; none to viewers"},
            "body": {**nullable(TEXT), "description": "as it came; null to viewers"},
        }
    ),
    "LatestDelivery": record(
        {
            "position": POSITION,
            "call_id": {**nullable(CALL_ID), "description": "null where it could not be read"},
            "event": {**nullable(TEXT), "description": "the report's name; to viewers only where it looks like one"},
            "result": one_of(*RESULTS),
            "occurred_at": {**nullable(INSTANT), "description": "the provider's clock; null of a repeated one"},
            "received_at": {**nullable(INSTANT), "description": "when it arrived; null where that was not kept"},
            "recorded_at": {**INSTANT, "description": "when it was on disk"},
            "stored_after_seconds": {**SECONDS, "description": "from its arrival until it was on disk, and answered"},
            "answered": {"type": "integer", "description": "our status; only what is on disk is known here"},
            "reason": {**nullable(TEXT), "description": "why it could not be read; null to viewers"},
        }
    ),
}
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/deliveries",
        summary="The latest webhooks of all calls, the latest first",
        description=f"A page looks at no more than {LATEST_EVENTS_MAX:,} events of the ledger: it may have few items and a `next`.",
        parameters=(
            in_query("event", TEXT, "only reports of this name"),
            in_query("result", one_of(*RESULTS), "only those of which this became"),
            in_query("call", CALL_ID, "only those of this call"),
            in_query("since", AS_OF, "only what was recorded after this instant or position"),
            in_query("until", AS_OF, "only what was recorded until this instant or position"),
            after(),
            limit(DELIVERIES_PAGE_DEFAULT, DELIVERIES_PAGE_MAX),
        ),
        answers={200: page(ref("LatestDelivery"), position=POSITION)},
        problems=(*READ, "invalid-input"),
    ),
    Operation(
        method="GET",
        path="/v1/calls/{id}/deliveries",
        summary="A call's webhooks as they came, first and repeated ones",
        parameters=(
            in_path("id", CALL_ID, "the call"),
            as_of(),
            after(),
            limit(DELIVERIES_PAGE_DEFAULT, DELIVERIES_PAGE_MAX),
        ),
        answers={200: page(ref("Delivery"), call_id=CALL_ID, position=POSITION)},
        problems=(*READ, "invalid-input", "not-found"),
    ),
)
