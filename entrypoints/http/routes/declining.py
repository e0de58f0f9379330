"""What a recipient declined, over HTTP: not to be called about what a campaign is for, and that lifted."""

import asyncio
from datetime import UTC
from typing import Annotated

from msgspec import Struct
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json, validated
from application.actor import Actor
from application.commands.declining import DeclineChanged, lift_decline, record_decline
from application.fields import CampaignId, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.declining import declines_here
from application.queries.recipient import read_recipient
from domain.errors import InvalidInput
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.status import Status
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.person import PERSON, streams_asked

DECLINED_BYTES_MAX = 16 * 1024
PATH = "/v1/campaigns/{id}/recipients/{number}/declined"


class DeclineInput(BaseModel):
    """The body of PUT …/declined."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=1_000)
    said_at: AwareDatetime | None = Field(None, description="when they said so, with a zone; null: now")


class DeclinedNow(Struct, frozen=True, kw_only=True):
    """How it is now with what a person declined of this campaign's purpose, and whether that is a change."""

    campaign_id: CampaignId
    number: Number
    recipient: Annotated[str, means("the person's pseudonym")]
    purpose: Annotated[
        str, means("what they declined to be called about; the campaign's id where its policy names none")
    ]
    declined: Annotated[
        bool,
        means(
            "whether anything stands that they declined and this campaign counts: where its policy counts `per` person, "
            "what they said of others, too"
        ),
    ]
    status: Status
    reason: Annotated[str | None, means("the rule that holds them, where one does")]
    until: Instant | None
    changed: bool
    position: Position


async def put(request: Request) -> Response:
    """PUT /v1/campaigns/{id}/recipients/{number}/declined."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    body = await read_body(request, DECLINED_BYTES_MAX)
    given = validated(DeclineInput, parse_json(body) if body.strip() else {})
    return answered(request, await decline_recorded(parts, actor, campaign_id, streams, given))


async def decline_recorded(
    parts: Installation, actor: Actor, campaign_id: str, streams: list[str], given: DeclineInput
) -> DeclinedNow:
    """They do not want to be called about this, in the name of somebody. Raises `InvalidInput` and `NotFound`."""
    try:
        said_at = None if given.said_at is None else given.said_at.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("said_at", "is not a possible time") from None
    done = await parts.ledger.execute(
        record_decline(campaign_id, streams, given.reason, said_at), lane="commands", metadata=actor.metadata
    )
    return await _now(parts, actor, campaign_id, done.result, done.position)


async def delete(request: Request) -> Response:
    """DELETE to the same."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await decline_lifted(parts, actor, campaign_id, streams_asked(request, actor)))


async def decline_lifted(parts: Installation, actor: Actor, campaign_id: str, streams: list[str]) -> DeclinedNow:
    """They may be called about it again, in the name of somebody. Raises `NotFound`."""
    done = await parts.ledger.execute(
        lift_decline(campaign_id, streams, None), lane="commands", metadata=actor.metadata
    )
    return await _now(parts, actor, campaign_id, done.result, done.position)


async def _now(parts: Installation, actor: Actor, campaign_id: str, done: DeclineChanged, position: int) -> DeclinedNow:
    await parts.account_known()
    moment = Moment(position, parts.clock())
    read = await asyncio.to_thread(read_recipient, parts, campaign_id, [done.stream], moment)
    number = read.known.recipient.number
    return DeclinedNow(
        campaign_id=campaign_id,
        number=number if actor.sees_numbers else mask(number),
        recipient=pseudonym_of(done.stream),
        purpose=done.purpose,
        declined=bool(declines_here(read.known)),
        status=read.status.status,
        reason=read.status.reason,
        until=read.status.until,
        changed=done.is_new,
        position=position,
    )


ROUTES = [
    DescribedRoute(
        put,
        Operation(
            method="PUT",
            path=PATH,
            tag="recipients",
            summary="This recipient does not want to be called about this",
            description=(
                "No campaign of the same purpose calls them before `policy.declined.rest_days` are over, or ever. "
                "Without `said_at` they say so now: a later no is another one, from which the rest is counted anew. What was "
                "said no later than what is known changes nothing. Role: operator."
            ),
            parameters=(CAMPAIGN, PERSON),
            bodies={JSON: DeclineInput},
            answers={200: DeclinedNow},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        delete,
        Operation(
            method="DELETE",
            path=PATH,
            tag="recipients",
            summary="They may be called about it again",
            description=(
                "In every spelling of the number. Where the policy counts what was declined `per` person, what they said of "
                "other purposes stands, and so does `declined`: it is lifted there. Role: operator."
            ),
            parameters=(CAMPAIGN, PERSON),
            answers={200: DeclinedNow},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
]
