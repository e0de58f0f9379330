"""Divergence over HTTP: what MiniVoice said otherwise of our calls, and a look now."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import StrictInput, parse_json, validated
from application.queries.divergence import (
    DAY_FORM,
    Day,
    DivergenceShown,
    LookBegun,
    ask_for_look,
    day_in,
    divergence_at,
)
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, Text
from entrypoints.http.parts import parts_of, read_body

LOOK_BYTES_MAX = 1_024
PATH = "/v1/divergence"
OF_DAY = Text(name="day", kind=Day, means="only this UTC day")


class LookInput(StrictInput):
    """The body of POST /v1/divergence, which may be empty."""

    day: Annotated[str, Field(json_schema_extra=DAY_FORM)] | None = None


async def show(request: Request) -> Response:
    """GET /v1/divergence."""
    allow(request, READS)
    parts, day = parts_of(request), day_in(OF_DAY.read(request))
    await parts.account_known()
    return await answer_of(request, divergence_at, parts, await AS_OF.read(request), day)


async def look(request: Request) -> Response:
    """POST to the same."""
    allow(request, COMMANDS)
    body = await read_body(request, LOOK_BYTES_MAX)
    given = validated(LookInput, parse_json(body) if body else {})
    return answered(request, ask_for_look(parts_of(request), day_in(given.day)), status_code=202)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path=PATH,
            tag="account",
            summary="What MiniVoice said otherwise of our calls, by the day on which they ended",
            description="Of each of the last days that were looked at its last look, the newest first.",
            parameters=(OF_DAY, AS_OF),
            answers={200: DivergenceShown},
            problems=READ,
        ),
    ),
    DescribedRoute(
        look,
        Operation(
            method="POST",
            path=PATH,
            tag="account",
            summary="Have a day looked at now",
            description=(
                "Without a day the last one that is over. It is asked for at two requests a second, within "
                "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX; GET shows how far it is. 409 where this process does not dial, or no "
                "requests are left today. Role: operator."
            ),
            bodies={JSON: LookInput},
            needs_body=False,
            answers={202: LookBegun},
            problems=(*COMMAND, *BODY),
        ),
    ),
]
