"""Attempts over HTTP: which ones are unresolved, which calls could be theirs, and a person's word on them."""

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import StrictInput, parse_json, validated
from application.actor import Actor
from application.commands.resolving import match_attempt, settle_without_call
from application.fields import CallId, Position
from application.installation import Installation
from application.queries.attempts import AttemptsPage, unresolved_attempts
from application.queries.moments import AT_LEAST_SECONDS_MAX
from domain.errors import Conflict, NotFound, ViewsBehind
from domain.identity import call_stream, parse_call_id
from domain.recipient import RecipientState
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, DescribedRoute, Operation
from entrypoints.http.parameters import LIMIT, OF_CAMPAIGN, OneOf, PathPart, after
from entrypoints.http.parts import parts_of, read_body
from projections.folded import call_of, recipient_of

RESOLUTION_BYTES_MAX = 16 * 1024
PLACES_MAX = 10**12
AFTER = after(PLACES_MAX)
PHASE = OneOf(
    name="phase", words=("unresolved",), means="only these are listed", refusal="only unresolved attempts are listed"
)
AttemptId = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_-]+$", max_length=64, description="as Dialtrail gave it; there are no others")
]
ATTEMPT = PathPart(name="id", kind=AttemptId, means="the attempt")
CALL_FORM: JsonDict = msgspec.json.schema(CallId)
NO: JsonDict = {"type": "boolean", "enum": [False]}
YES: JsonDict = {"type": "boolean", "enum": [True]}
EITHER: list[JsonValue] = [
    {"properties": {"call": CALL_FORM, "none": NO, "redial": NO}, "required": ["call"]},
    {"properties": {"call": {"type": "null"}, "none": YES}, "required": ["none"]},
]


class ResolutionInput(StrictInput):
    """The body of POST /v1/attempts/{id}/resolve: `call`, or `none` with or without `redial`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": EITHER})

    call: str | None = None
    none: bool = False
    redial: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "ResolutionInput":
        if (self.call is not None) == self.none:
            raise ValueError('send either {"call": "its id"} or {"none": true}')
        if self.redial and not self.none:
            raise ValueError("redial goes with none: where there is a call, nobody is called again")
        return self


class AttemptSettled(Struct, frozen=True, kw_only=True):
    """What a person said of an attempt."""

    attempt_id: str
    campaign_id: str | None
    call_id: str | None
    redial: bool
    position: Position


async def listing(request: Request) -> Response:
    """GET /v1/attempts?phase=unresolved&campaign=&after=&limit=."""
    actor = allow(request, READS)
    items_max, place = LIMIT.read(request), AFTER.read(request)
    PHASE.read(request)
    campaign_id = OF_CAMPAIGN.read(request)
    return answered(request, await unresolved_attempts(parts_of(request), actor, campaign_id, place, items_max))


async def resolve(request: Request) -> Response:
    """POST /v1/attempts/{id}/resolve."""
    actor, parts, attempt_id = allow(request, COMMANDS), parts_of(request), ATTEMPT.read(request)
    given = validated(ResolutionInput, parse_json(await read_body(request, RESOLUTION_BYTES_MAX)))
    return answered(request, await settled(parts, actor, attempt_id, given))


async def settled(parts: Installation, actor: Actor, attempt_id: str, given: ResolutionInput) -> AttemptSettled:
    """Settle it by this person's word. Raises `NotFound`, and `Conflict` against better evidence."""
    await parts.fresh()
    stream = await stream_of_attempt(parts, attempt_id)
    if stream is None:
        raise NotFound("no attempt with this id; `dialtrail unresolved` shows those that wait for a word")
    if given.call is None:
        decide = settle_without_call(stream, attempt_id, actor.name, redial=given.redial)
    else:
        call_id = parse_call_id(given.call, "call")
        await asyncio.to_thread(_check_numbers, parts, stream, call_id)
        decide = match_attempt(stream, attempt_id, call_id, "person", actor.name)
    done = await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    attempt = (await asyncio.to_thread(_person, parts, stream)).attempt(attempt_id)
    return AttemptSettled(
        attempt_id=attempt_id,
        campaign_id=None if attempt is None else attempt.campaign_id,
        call_id=given.call,
        redial=given.redial,
        position=done.position,
    )


async def stream_of_attempt(parts: Installation, attempt_id: str) -> str | None:
    """The recipient's stream: of an open attempt from what is in flight, of any other from the views."""
    known = parts.in_flight.attempts.open.get(attempt_id)
    if known is not None:
        return known.stream
    if not await parts.projector.wait_for(parts.ledger.position, AT_LEAST_SECONDS_MAX):
        raise ViewsBehind(f"the views are at position {parts.projector.position}; try again")
    return (await asyncio.to_thread(parts.reads.streams_of_attempts, [attempt_id])).get(attempt_id)


def _person(parts: Installation, stream: str) -> RecipientState:
    return recipient_of(parts.ledger.read_stream(stream))


def _check_numbers(parts: Installation, stream: str, call_id: str) -> None:
    parties = call_of(parts.ledger.read_stream(call_stream(call_id))).parties
    if parties is not None and parties.to_number != _person(parts, stream).number:
        raise Conflict("that call went to another number than this attempt; look at its timeline")


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/attempts",
            tag="attempts",
            summary="The attempts of which nobody knows whether there is a call",
            parameters=(PHASE, OF_CAMPAIGN, AFTER, LIMIT),
            answers={200: AttemptsPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        resolve,
        Operation(
            method="POST",
            path="/v1/attempts/{id}/resolve",
            tag="attempts",
            summary="A person's word on an unresolved attempt",
            description="409 against better evidence. Role: operator.",
            parameters=(ATTEMPT,),
            bodies={JSON: ResolutionInput},
            answers={200: AttemptSettled},
            problems=(*COMMAND, *BODY, "not-found", "view-behind"),
        ),
    ),
]
