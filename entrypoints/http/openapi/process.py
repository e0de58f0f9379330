"""The routes that are about this process: webhooks, health, and the description itself."""

from adapters.minivoice_webhook import EVENT_NAME_CHARS_MAX
from entrypoints.http.openapi.operation import GUARDED, JSON, Operation, success
from entrypoints.http.openapi.shape import CALL_ID, TEXT, Schema, one_of, record, texts
from entrypoints.http.webhooks import BODY_BYTES_MAX, WEBHOOK_PATH

EVENT_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": EVENT_NAME_CHARS_MAX,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
}
DELIVERY: Schema = {
    "type": "object",
    "properties": {
        "event": EVENT_NAME,
        "call": {"type": "object", "properties": {"id": CALL_ID}, "required": ["id"]},
    },
    "required": ["event", "call"],
    "description": "what MiniVoice sends; fields that are not known here are kept",
}
READINESS = record({"status": one_of("ready", "not ready"), "parts": texts()})

OPERATIONS = (
    Operation(
        method="POST",
        path=WEBHOOK_PATH,
        summary="A delivery of MiniVoice",
        description=(
            "Answered 204 once it is on disk. Signed by MiniVoice in X-MiniVoice-Signature where a webhook secret is "
            f"set; then what cannot be read is kept, too. At most {BODY_BYTES_MAX} bytes."
        ),
        bodies={JSON: DELIVERY},
        answers={204: None},
        problems=("unreadable", "signature", "too-large", "ledger-unavailable"),
        is_guarded=False,
    ),
    Operation(
        method="GET",
        path="/health/live",
        summary="Whether the process runs",
        answers={200: record({"status": one_of("live")})},
        problems=("internal",),
        is_guarded=False,
    ),
    Operation(
        method="GET",
        path="/health/ready",
        summary="Whether all parts of this process work; each is named, with what is wrong with it",
        answers={200: READINESS},
        more_answers={"503": {**success(READINESS), "description": "at least one part does not work"}},
        problems=("internal",),
        is_guarded=False,
    ),
    Operation(
        method="GET",
        path="/metrics",
        summary="Numbers for Prometheus",
        answers={200: TEXT},
        media_type="text/plain",
        problems=GUARDED,
    ),
    Operation(
        method="GET",
        path="/openapi.json",
        summary="This description",
        answers={
            200: {
                "type": "object",
                "properties": {"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}},
                "required": ["openapi", "info", "paths"],
            }
        },
        problems=GUARDED,
    ),
)
