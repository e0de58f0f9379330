"""Consents over HTTP: what somebody agreed to be called for, and that it was taken back."""

import asyncio
from typing import Annotated

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.consent import ConsentInput, Revocation, RevocationInput, parse_consent, parse_revocation
from adapters.documents.input import parse_json
from adapters.ledger.ticket import Committed
from application.actor import Actor
from application.commands.consents import ConsentChanged, record_consent, revoke_consent
from application.fields import E164, Position, means
from application.installation import Installation
from domain.identity import pseudonym_of
from domain.recipient import ConsentGiven
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parts import parts_of, read_body

CONSENT_BYTES_MAX = 64 * 1024


class ConsentRecorded(Struct, frozen=True, kw_only=True):
    """What became of a word on consent, and whether that is a change."""

    number: E164
    recipient: Annotated[str, means("the person's pseudonym")]
    consent_id: Annotated[str | None, means("null of one that was taken back")]
    changed: bool
    position: Position


async def give(request: Request) -> Response:
    """POST /v1/consents."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    body = await read_body(request, CONSENT_BYTES_MAX)
    given = await asyncio.to_thread(lambda: parse_consent(parse_json(body)))
    told = await consent_recorded(parts, actor, given)
    return answered(request, told, status_code=201 if told.changed else 200)


async def consent_recorded(parts: Installation, actor: Actor, given: ConsentGiven) -> ConsentRecorded:
    """Somebody agreed, in the name of somebody. Raises `InvalidInput`."""
    stream = parts.ledger.recipient_stream(given.number)
    done = await parts.ledger.execute(record_consent(stream, given), lane="commands", metadata=actor.metadata)
    return _told(given.number, stream, done)


async def revoke(request: Request) -> Response:
    """POST /v1/consents/revoke."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    body = await read_body(request, CONSENT_BYTES_MAX)
    revoked = await asyncio.to_thread(lambda: parse_revocation(parse_json(body)))
    return answered(request, await consent_revoked(parts, actor, revoked))


async def consent_revoked(parts: Installation, actor: Actor, revoked: Revocation) -> ConsentRecorded:
    """Somebody took it back, in the name of somebody. Raises `InvalidInput`."""
    stream = parts.ledger.recipient_stream(revoked.number)
    done = await parts.ledger.execute(revoke_consent(stream, revoked), lane="commands", metadata=actor.metadata)
    return _told(revoked.number, stream, done)


def _told(number: str, stream: str, done: Committed[ConsentChanged]) -> ConsentRecorded:
    return ConsentRecorded(
        number=number,
        recipient=pseudonym_of(stream),
        consent_id=done.result.consent_id,
        changed=done.result.is_new,
        position=done.position,
    )


ROUTES = [
    DescribedRoute(
        give,
        Operation(
            method="POST",
            path="/v1/consents",
            tag="consents",
            summary="Somebody agreed to be called for a purpose",
            description="201 where that is new; the same words at the same time are one consent. Role: operator.",
            parameters=(),
            bodies={JSON: ConsentInput},
            answers={201: ConsentRecorded, 200: ConsentRecorded},
            problems=(*COMMAND, *BODY),
        ),
    ),
    DescribedRoute(
        revoke,
        Operation(
            method="POST",
            path="/v1/consents/revoke",
            tag="consents",
            summary="Somebody took back what they had agreed to",
            description=(
                "For one purpose or for all, in every spelling of the number, up to `revoked_at`; also where nothing was "
                "recorded before. From its commit on no attempt is begun or sent on what was given by then. Role: operator."
            ),
            parameters=(),
            bodies={JSON: RevocationInput},
            answers={200: ConsentRecorded},
            problems=(*COMMAND, *BODY),
        ),
    ),
]
