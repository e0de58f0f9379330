"""Callbacks over HTTP: a recipient's next attempt at a wished time, and the wish given up."""

import asyncio
from typing import Annotated

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.wished_time import CallbackInput, WishedTime, parse_callback
from application.actor import Actor
from application.commands.callbacks import drop_callback, wish_callback
from application.fields import CampaignId, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.callback import CallbackShown, shown_callback
from application.queries.recipient import read_recipient
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.recipient import Wish
from domain.status import Status
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.person import PERSON, streams_asked

CALLBACK_BYTES_MAX = 16 * 1024
PATH = "/v1/campaigns/{id}/recipients/{number}/callback"


class CallbackNow(Struct, frozen=True, kw_only=True):
    """How it is with a person's callback now, and whether that is a change."""

    campaign_id: CampaignId
    number: Number
    recipient: Annotated[str, means("the person's pseudonym")]
    status: Status
    callback: CallbackShown | None
    changed: bool
    position: Position


async def put(request: Request) -> Response:
    """PUT /v1/campaigns/{id}/recipients/{number}/callback."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    wished = parse_callback(await read_body(request, CALLBACK_BYTES_MAX))
    return answered(request, await callback_wished(parts, actor, campaign_id, streams, wished))


async def delete(request: Request) -> Response:
    """DELETE to the same."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    return answered(request, await callback_dropped(parts, actor, campaign_id, streams_asked(request, actor)))


async def callback_wished(
    parts: Installation, actor: Actor, campaign_id: str, streams: list[str], wished: WishedTime
) -> CallbackNow:
    """Call them next at that time, in the name of somebody. Raises `InvalidInput`, `NotFound`, `Conflict`."""
    wish = Wish(at=wished.at, source="operator", local=wished.local, zone=wished.zone)
    done = await parts.ledger.execute(
        wish_callback(campaign_id, streams, wish), lane="commands", metadata=actor.metadata
    )
    return await _now(parts, actor, campaign_id, done.result.stream, done.position, changed=done.result.is_new)


async def callback_dropped(parts: Installation, actor: Actor, campaign_id: str, streams: list[str]) -> CallbackNow:
    """Let the campaign's own order go on, in the name of somebody. Raises `NotFound`."""
    done = await parts.ledger.execute(drop_callback(campaign_id, streams), lane="commands", metadata=actor.metadata)
    return await _now(parts, actor, campaign_id, done.result.stream, done.position, changed=done.result.is_new)


async def _now(
    parts: Installation, actor: Actor, campaign_id: str, stream: str, position: int, *, changed: bool
) -> CallbackNow:
    await parts.account_known()
    now = parts.clock()
    read = await asyncio.to_thread(read_recipient, parts, campaign_id, [stream], Moment(position, now))
    number = read.known.recipient.number
    return CallbackNow(
        campaign_id=campaign_id,
        number=number if actor.sees_numbers else mask(number),
        recipient=pseudonym_of(stream),
        status=read.status.status,
        callback=shown_callback(read.known, parts.only_numbers, now),
        changed=changed,
        position=position,
    )


ROUTES = [
    DescribedRoute(
        put,
        Operation(
            method="PUT",
            path=PATH,
            tag="recipients",
            summary="Call this recipient next at a wished time",
            description=(
                "`at` is an instant, or a local time with `zone`. It goes before the ordinary order and before the "
                "campaign's own gaps; hours, caps, suppression and attempts hold. 409 where no attempt is left. "
                "Role: operator."
            ),
            parameters=(CAMPAIGN, PERSON),
            bodies={JSON: CallbackInput},
            answers={200: CallbackNow},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        delete,
        Operation(
            method="DELETE",
            path=PATH,
            tag="recipients",
            summary="Give up a callback",
            description="The campaign's own order goes on. Role: operator.",
            parameters=(CAMPAIGN, PERSON),
            answers={200: CallbackNow},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
]
