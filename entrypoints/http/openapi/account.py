"""The routes of the account behind the API key."""

from application.queries.account import HOLDS_SHOWN_MAX
from entrypoints.http.openapi.operation import COMMAND, READ, Operation
from entrypoints.http.openapi.shape import (
    AMOUNT,
    COUNT,
    INSTANT,
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
from entrypoints.http.routes.account import PREFIX_PATTERN

PREFIX: Schema = {"type": "string", "pattern": PREFIX_PATTERN}
SAID = {**nullable(TEXT), "description": "all that MiniVoice said; not for viewers"}
PAUSE = record(
    {
        "cause": one_of("operator", "provider"),
        "code": nullable(TEXT),
        "status": nullable({"type": "integer"}),
        "body": SAID,
        "at": INSTANT,
        "reason": TEXT,
        "probes": COUNT,
        "what_to_do": TEXT,
    }
)
HOLD = record(
    {
        "prefix": {**TEXT, "description": "numbers that begin so are not dialled; to viewers masked"},
        "code": nullable(TEXT),
        "body": SAID,
        "at": INSTANT,
        "reason": TEXT,
        "what_to_do": TEXT,
    }
)
USAGE = record(
    {
        "from": INSTANT,
        "to": INSTANT,
        "calls": COUNT,
        "billsec_seconds": COUNT,
        "cost_amount": {**TEXT, "description": "an exact decimal"},
        "cost_currency": TEXT,
        "at": INSTANT,
    }
)
SCHEMAS: dict[str, Schema] = {
    "Account": record(
        {
            "pause": nullable(PAUSE),
            "holds": {**many(HOLD), "maxItems": HOLDS_SHOWN_MAX},
            "holds_in_all": COUNT,
            "limits": {
                "type": "object",
                "additionalProperties": AMOUNT,
                "description": "what was found out: `calls_per_second`, `calls_at_once`",
            },
            "usages": {**many(USAGE), "description": "what MiniVoice settled since a campaign with a budget began"},
            "position": POSITION,
        }
    )
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/account",
        summary="The account behind the API key: its pause, what it holds back, its limits and usage",
        parameters=(as_of(),),
        answers={200: ref("Account")},
        problems=(*READ, "invalid-input"),
    ),
    Operation(
        method="DELETE",
        path="/v1/account/holds/{prefix}",
        summary="Let numbers that begin so be dialled again",
        description="Lifts the holds on this prefix and on all longer ones; `released` counts them. Role: operator.",
        parameters=(in_path("prefix", PREFIX, "how the numbers begin"),),
        answers={200: record({"prefix": PREFIX, "released": COUNT, "position": POSITION})},
        problems=(*COMMAND, "invalid-input", "not-found"),
    ),
)
