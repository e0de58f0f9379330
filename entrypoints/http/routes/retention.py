"""Destroying what is old of personal fields over HTTP, a step at a time: what would go, and to do it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Struct
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import StrictInput, parse_json, validated
from adapters.documents.texts import InstantText, parse_instant
from application.actor import Actor
from application.commands.retention import destroy_expired
from application.fields import Count, Position, means
from application.installation import Installation
from application.queries.moments import AT_LEAST_SECONDS_MAX
from application.queries.retention import Retention, RetentionStep
from domain.errors import Conflict
from domain.retention import WHY_KEPT, Expired, RetainedKind
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.routes.erasures import make_views_anew

RETENTION_BYTES_MAX = 16 * 1024
RETENTION_REASON_CHARS_MAX = 1_000
KINDS_MAX = 5
POSITION_MAX = 2**63 - 1
TRIES = 3


class RetentionInput(StrictInput):
    """The body of POST /v1/retention."""

    kinds: list[RetainedKind] = Field(min_length=1, max_length=KINDS_MAX)
    before: InstantText
    confirmed: bool = Field(False, description="false: only say what would go")
    reason: str | None = Field(None, max_length=RETENTION_REASON_CHARS_MAX)
    after: int = Field(0, ge=0, le=POSITION_MAX, description="`next` of the step before; 0 begins")


class RetentionDone(Struct, frozen=True, kw_only=True):
    """What one step destroyed, or would."""

    destroyed: Annotated[bool, means("whether it was done; false where it was only asked what would go")]
    streams: Annotated[Count, means("of how many people, calls and deliveries in quarantine")]
    keys: Annotated[Mapping[str, Count], means("how many keys, by the kind of what they sealed")]
    events: Annotated[Mapping[str, Count], means("in how many events there is something of each kind")]
    kept: Annotated[
        Mapping[str, Count],
        means(
            "of how many it stays though it is old: `held` by a legal hold, `going_on`, or `by_two` where a campaign takes two people"
        ),
    ]
    keys_destroyed: Annotated[
        bool,
        means(
            "whether the store of keys has overwritten them, and all that were destroyed before; false where it could not, which "
            "is tried again until it can, and the ledger's trouble on /health/ready meanwhile, or where it was only asked"
        ),
    ]
    next: Annotated[int | None, means("`after` of the next step; null where this was the last")]
    views_rebuilt: Annotated[
        bool, means("whether the views are being made anew, as the last step has them; until then lists may show it")
    ]
    position: Position


async def retain(request: Request) -> Response:
    """POST /v1/retention."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    given = validated(RetentionInput, parse_json(await read_body(request, RETENTION_BYTES_MAX)))
    return answered(request, await retained(parts, actor, given))


async def retained(parts: Installation, actor: Actor, given: RetentionInput) -> RetentionDone:
    """One step: destroy what is old, or say what would go. Raises `InvalidInput` and `Conflict`."""
    for _ in range(TRIES):
        found = await asyncio.to_thread(_find, parts, given)
        if not given.confirmed:
            return _told(found, found.expired, parts.ledger.position)
        if not found.expired:
            break
        done = await parts.ledger.execute(
            destroy_expired(found.expired, found.position, given.reason), lane="commands", metadata=actor.metadata
        )
        if done.result is not None:
            is_rebuilt = await _rebuild(parts, actor, found)
            return _told(found, done.result, done.position, is_destroyed=_is_destroyed(parts), is_rebuilt=is_rebuilt)
    else:
        raise Conflict("so much is recorded at the moment that it could not be seen what is over; try again later")
    is_rebuilt = await _rebuild(parts, actor, found)
    return _told(found, (), parts.ledger.position, is_destroyed=_is_destroyed(parts), is_rebuilt=is_rebuilt)


def _find(parts: Installation, given: RetentionInput) -> RetentionStep:
    return Retention(parts, given.kinds, parse_instant(given.before), parts.clock()).step(given.after)


def _is_destroyed(parts: Installation) -> bool:
    sealed = parts.ledger.sealed
    return sealed is not None and sealed.trouble is None


async def _rebuild(parts: Installation, actor: Actor, found: RetentionStep) -> bool:
    """Once, with the last step, whatever that itself destroyed: a step before it may have been another day's."""
    if found.next is not None:
        return False
    await parts.projector.wait_for(parts.ledger.position, AT_LEAST_SECONDS_MAX)  # they may not be open yet
    return make_views_anew(parts, actor)


def _told(
    found: RetentionStep,
    expired: Sequence[Expired],
    position: int,
    *,
    is_destroyed: bool | None = None,
    is_rebuilt: bool = False,
) -> RetentionDone:
    """`is_destroyed`: whether the keys are gone from their store; None where nothing was done."""
    keys = Counter(kind for one in expired for kind in one.keys.values())
    events: Counter[str] = Counter()
    for one in expired:
        events.update(one.events)
    return RetentionDone(
        destroyed=is_destroyed is not None,
        streams=sum(len(one.streams) for one in expired),
        keys=dict(sorted(keys.items())),
        events=dict(sorted(events.items())),
        kept={why: found.kept.get(why, 0) for why in WHY_KEPT},
        keys_destroyed=bool(is_destroyed),
        next=found.next,
        views_rebuilt=is_rebuilt,
        position=position,
    )


ROUTES = [
    DescribedRoute(
        retain,
        Operation(
            method="POST",
            path="/v1/retention",
            tag="erasures",
            summary="Destroy what is old of personal fields for good, or say what would go",
            description=(
                "Destroys the keys of these kinds in streams in which nothing was recorded since `before`: of calls that have ended, "
                "people without an open attempt, and deliveries in quarantine; numbers and variables only of who waits in no campaign; "
                "nothing where a legal hold stands. One step of bounded size: go on with `after` until `next` is null. Without "
                "`confirmed` nothing is done. Role: operator."
            ),
            bodies={JSON: RetentionInput},
            answers={200: RetentionDone},
            problems=(*COMMAND, *BODY),
        ),
    ),
]
