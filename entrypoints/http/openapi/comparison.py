"""The route that compares two calls."""

from domain.call.events import RANK
from entrypoints.http.openapi.operation import READ, Operation
from entrypoints.http.openapi.shape import (
    CALL_ID,
    COUNT,
    FLAG,
    POSITION,
    TEXT,
    Schema,
    as_of,
    in_path,
    many,
    nullable,
    one_of,
    record,
    ref,
)

HEADING = record(
    {
        "call_id": CALL_ID,
        "campaign_id": nullable(TEXT),
        "phase": one_of("dialing", "in_progress", "ended"),
        "outcome": nullable(one_of("completed", "failed", "canceled")),
        "reached": FLAG,
        "step": nullable(TEXT),
    }
)
VALUE: Schema = {"type": ["string", "number", "boolean", "null"], "description": "null to viewers"}
DIFFERENCE = record({"field": {**TEXT, "description": "its path, such as body.call.status"}, "a": VALUE, "b": VALUE})
SECONDS: Schema = {
    "type": ["number", "null"],
    "description": "since the call began, by the provider's clock where known",
}
PLACE = nullable(record({"position": POSITION, "after_seconds": SECONDS}))
SCHEMAS: dict[str, Schema] = {
    "Comparison": record(
        {
            "a": HEADING,
            "b": HEADING,
            "state": {**many(DIFFERENCE), "description": "what both came to, where that is not the same"},
            "pairs": many(
                record(
                    {
                        "event": one_of(*(name for name in RANK if name != "call.redelivered")),
                        "step": nullable(TEXT),
                        "a": {**PLACE, "description": "null where it happened in b only"},
                        "b": {**PLACE, "description": "null where it happened in a only"},
                        "differences": many(DIFFERENCE),
                    }
                )
            ),
            "same": {**FLAG, "description": "both have the same entries, and nothing in them differs"},
            "left_out": {**COUNT, "description": "entries beyond those that are compared"},
            "position": POSITION,
        }
    )
}
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/calls/{id}/compare/{other}",
        summary="Two calls side by side: what differs",
        description=(
            "What happened in both is paired in order; ids, times, digests and the parties' numbers, which every call has as "
            "its own, are put aside."
        ),
        parameters=(in_path("id", CALL_ID, "the first call"), in_path("other", CALL_ID, "the second call"), as_of()),
        answers={200: ref("Comparison")},
        problems=(*READ, "invalid-input", "not-found"),
    ),
)
