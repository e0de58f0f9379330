"""The route of where everybody in a campaign stands."""

from application.queries.standing import FIGURES
from entrypoints.http.openapi.campaigns import ID
from entrypoints.http.openapi.operation import VIEW, Operation
from entrypoints.http.openapi.shape import (
    CAMPAIGN_ID,
    COUNT,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    at_least,
    many,
    nullable,
    record,
    ref,
)

SCHEMAS: dict[str, Schema] = {
    "StandingOfAll": record(
        {
            "campaign_id": CAMPAIGN_ID,
            **dict.fromkeys(FIGURES, COUNT),
            "next_at": {**nullable(INSTANT), "description": "when the next of those who are held may be called"},
            "held_by": many(record({"reason": TEXT, "until": nullable(INSTANT), "recipients": COUNT})),
            "position": POSITION,
            "judged_at": INSTANT,
        }
    )
}
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/standing",
        summary="Why nobody is being called: where everybody stands, each counted once",
        parameters=(ID, at_least()),
        answers={200: ref("StandingOfAll")},
        problems=(*VIEW, "not-found"),
    ),
)
