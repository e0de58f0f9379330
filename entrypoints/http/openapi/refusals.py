"""The route of a campaign's refusals."""

from typing import get_args

from application.queries.refusals import REFUSALS_EVENTS_MAX, REFUSALS_MAX
from domain.recipient import Concerns
from entrypoints.http.openapi.campaigns import ID
from entrypoints.http.openapi.operation import VIEW, Operation
from entrypoints.http.openapi.shape import (
    FLAG,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    as_of,
    at_least,
    nullable,
    one_of,
    page,
    record,
    ref,
)

SCHEMAS: dict[str, Schema] = {
    "Refusal": record(
        {
            "position": POSITION,
            "recorded_at": INSTANT,
            "attempt_id": TEXT,
            "status": {"type": "integer"},
            "code": {**nullable(TEXT), "description": "MiniVoice's; to viewers only where it looks like one"},
            "concerns": one_of(*get_args(Concerns)),
            "counts": {**FLAG, "description": "whether it used up an attempt"},
            "body": {**nullable(TEXT), "description": "all that MiniVoice said; null to viewers"},
        }
    )
}
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/refusals",
        summary="What MiniVoice last refused its calls with, once for each code and status",
        description=(
            f"At most {REFUSALS_MAX}, from the last {REFUSALS_EVENTS_MAX:,} events of the ledger: what is older is in GET /v1/events."
        ),
        parameters=(ID, as_of(), at_least()),
        answers={200: page(ref("Refusal"), position=POSITION)},
        problems=(*VIEW, "not-found"),
    ),
)
