"""The route of integrity."""

from entrypoints.http.openapi.operation import READ, Operation
from entrypoints.http.openapi.shape import COUNT, INSTANT, POSITION, Schema, nullable, one_of, record, texts

SCHEMAS: dict[str, Schema] = {
    "Integrity": record(
        {
            "status": one_of("ready", "not ready"),
            "parts": {**texts(), "description": "ready, or what is wrong with it"},
            "position": POSITION,
            "recorded_at": {**nullable(INSTANT), "description": "the time of the last event"},
            "waiting": {
                "type": "object",
                "additionalProperties": COUNT,
                "description": "commands that wait to be written, by lane",
            },
            "behind_events": COUNT,
            "behind_seconds": {"type": "number", "minimum": 0},
            "reconciled_at": {
                **nullable(INSTANT),
                "description": "when the reconciler last looked around; null where it has not, or there is none",
            },
            "judged_at": INSTANT,
        }
    )
}
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/integrity",
        summary="Whether each part of this process works, what waits, and how far the views are",
        answers={200: {"$ref": "#/components/schemas/Integrity"}},
        problems=READ,
    ),
)
