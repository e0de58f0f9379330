"""Erasing a person over HTTP: what would go, and to do it; and legal holds, which stop it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

import structlog
from msgspec import Struct
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.callers import E164_FORM
from adapters.documents.input import StrictInput, parse_json, validated
from application.actor import Actor
from application.commands.erasure import ListedTooEarly, erase_person, hold_person, unhold_person
from application.fields import Count, Instant, Position, means
from application.going_on import going_on
from application.installation import Installation
from application.queries.erasure import QUARANTINED_ASKED_MAX, PersonToErase, person_known, person_to_erase, takes_two
from application.queries.moments import AT_LEAST_SECONDS_MAX
from domain.errors import Conflict, DialtrailError, ViewsBehind
from domain.phone_number import parse_number
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.person import NUMBERED

ERASURE_BYTES_MAX = 16 * 1024
LISTINGS_MAX = 5
REASON_CHARS_MAX = 1_000

log = structlog.get_logger("dialtrail.erasure")


class ErasureInput(StrictInput):
    """The body of POST /v1/erasures."""

    number: str = Field(json_schema_extra=E164_FORM)
    confirmed: bool = Field(False, description="false: only say what would go")
    reason: str | None = Field(None, max_length=REASON_CHARS_MAX)


class HoldInput(StrictInput):
    """The body of POST /v1/legal-holds."""

    number: str = Field(json_schema_extra=E164_FORM)
    reason: str | None = Field(None, max_length=REASON_CHARS_MAX)


class ErasureDone(Struct, frozen=True, kw_only=True):
    """What was erased of a person, or would be."""

    erased: Annotated[bool, means("whether it was done; false where it was only asked what would go, or waits")]
    waits_until: Annotated[
        Instant | None, means("until when a second person has to ask for the same; null where none has to")
    ]
    spellings: Annotated[Count, means("in how many spellings of the number the person is known")]
    calls: Count
    quarantined: Annotated[Count, means("deliveries that could not be read, and have the number in them")]
    not_looked_at: Annotated[
        Count,
        means(
            f"deliveries in quarantine beyond the {QUARANTINED_ASKED_MAX:,} that are looked at where it is only asked what "
            "would go: there may be more; 0 once it was done"
        ),
    ]
    keys: Annotated[Mapping[str, Count], means("how many keys are destroyed, by the kind of what they sealed")]
    keys_destroyed: Annotated[
        bool,
        means(
            "whether the store of keys has overwritten them; false where it could not when erased, which is tried again "
            "until it can, and the ledger's trouble on /health/ready meanwhile"
        ),
    ]
    held: Annotated[bool, means("whether a legal hold stands, which lets nothing be erased")]
    views_rebuilt: Annotated[bool, means("whether the views are being made anew; until then lists may show the number")]
    position: Position


class HoldChanged(Struct, frozen=True, kw_only=True):
    """Whether a legal hold stands on a person now, and whether that is a change."""

    held: bool
    changed: bool
    position: Position


async def erase(request: Request) -> Response:
    """POST /v1/erasures."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    given = validated(ErasureInput, parse_json(await read_body(request, ERASURE_BYTES_MAX)))
    return answered(request, await erased(parts, actor, given))


async def erased(parts: Installation, actor: Actor, given: ErasureInput) -> ErasureDone:
    """Erase somebody, or say what would go. Raises `InvalidInput`, `NotFound`, `Conflict` and `NeedsSecondPerson`."""
    for _ in range(LISTINGS_MAX - 1):
        with suppress(ListedTooEarly):  # what came meanwhile is theirs as well
            return await _erased(parts, actor, given)
    return await _erased(parts, actor, given)


async def _erased(parts: Installation, actor: Actor, given: ErasureInput) -> ErasureDone:
    number = parse_number(given.number, "number")
    if not await parts.projector.wait_for(parts.ledger.position, AT_LEAST_SECONDS_MAX):
        raise ViewsBehind("the views do not know yet which calls are this person's; try again")
    found = await asyncio.to_thread(person_to_erase, parts, number, is_asked=not given.confirmed)
    if not given.confirmed:
        return _told(found, parts.ledger.position)
    await _require_nothing_under_way(parts, found)
    operator = actor.among(parts.operators)
    needs_two = await asyncio.to_thread(takes_two, parts, found.people)
    done = await parts.ledger.execute(
        erase_person(
            list(found.people),
            len(found.calls),
            found.keys,
            found.streams,
            given.reason,
            listed_at=found.position,
            seen=found.seen,
            by_two=(operator.name, operator.others) if needs_two else None,
        ),
        lane="commands",
        metadata=actor.metadata,
    )
    if done.result is not None:
        return _told(found, done.position, waits_until=done.result.expires_at)
    sealed = parts.ledger.sealed
    is_destroyed = sealed is not None and sealed.trouble is None
    return _told(
        found, done.position, is_done=True, is_destroyed=is_destroyed, is_rebuilt=make_views_anew(parts, actor)
    )


async def _require_nothing_under_way(parts: Installation, found: PersonToErase) -> None:
    """What is reported of a call that goes on would be theirs again."""
    under_way = await going_on(parts, lambda one: one.stream in found.people)
    if under_way is None or under_way.calls or under_way.perhaps:
        raise Conflict(
            "a call of this person is under way, or may be: erase them once it is over, or settled (dialtrail resolve)"
        )


def make_views_anew(parts: Installation, actor: Actor) -> bool:
    """Whether the views are being made anew, without what was destroyed."""
    try:
        parts.projector.rebuild(by=actor.name)
    except Conflict:  # it is under way, or another process keeps them, and makes them anew where that began before
        return True
    except DialtrailError as error:
        log.warning("the views still show what was destroyed: rebuild them", error=str(error))
        return False
    return True


def _told(
    found: PersonToErase,
    position: int,
    *,
    is_done: bool = False,
    is_destroyed: bool = False,
    is_rebuilt: bool = False,
    waits_until: Instant | None = None,
) -> ErasureDone:
    return ErasureDone(
        erased=is_done,
        waits_until=waits_until,
        spellings=len(found.people),
        calls=len(found.calls),
        quarantined=len(found.quarantine),
        not_looked_at=found.not_looked_at,
        keys=dict(sorted(Counter(found.keys.values()).items())),
        keys_destroyed=is_destroyed,
        held=any(one.erasure.hold is not None for one in found.people.values()),
        views_rebuilt=is_rebuilt,
        position=position,
    )


async def hold(request: Request) -> Response:
    """POST /v1/legal-holds."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    given = validated(HoldInput, parse_json(await read_body(request, ERASURE_BYTES_MAX)))
    return answered(request, await held(parts, actor, given))


async def held(parts: Installation, actor: Actor, given: HoldInput) -> HoldChanged:
    """Let nobody erase this person, in the name of somebody. Raises `InvalidInput` and `NotFound`."""
    people = await asyncio.to_thread(person_known, parts, parse_number(given.number, "number"))
    done = await parts.ledger.execute(hold_person(list(people), given.reason), lane="commands", metadata=actor.metadata)
    return HoldChanged(held=True, changed=done.result, position=done.position)


async def unhold(request: Request) -> Response:
    """DELETE /v1/legal-holds/{number}."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    return answered(request, await unheld(parts, actor, NUMBERED.read(request)))


async def unheld(parts: Installation, actor: Actor, number: str) -> HoldChanged:
    """Let this person be erased again, in the name of somebody. Raises `NotFound`."""
    people = await asyncio.to_thread(person_known, parts, number)
    done = await parts.ledger.execute(unhold_person(list(people), None), lane="commands", metadata=actor.metadata)
    return HoldChanged(held=False, changed=done.result, position=done.position)


ROUTES = [
    DescribedRoute(
        erase,
        Operation(
            method="POST",
            path="/v1/erasures",
            tag="erasures",
            summary="Erase a person for good, or say what would go",
            description=(
                "Destroys the keys of the person's streams in all spellings of the number, of every call claimed by or to it, and of "
                "deliveries in quarantine that have it in them. Without `confirmed` nothing is done. Where a campaign of the "
                "person needs approval, a second operator has to ask for the same within 7 days. Role: operator."
            ),
            bodies={JSON: ErasureInput},
            answers={200: ErasureDone},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        hold,
        Operation(
            method="POST",
            path="/v1/legal-holds",
            tag="erasures",
            summary="Let nobody erase a person",
            description="Role: operator.",
            bodies={JSON: HoldInput},
            answers={200: HoldChanged},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        unhold,
        Operation(
            method="DELETE",
            path="/v1/legal-holds/{number}",
            tag="erasures",
            summary="Let a person be erased again",
            description="Role: operator.",
            parameters=(NUMBERED,),
            answers={200: HoldChanged},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
]
