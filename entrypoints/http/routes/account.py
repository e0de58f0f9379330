"""The account behind the API key over HTTP: look at it, release destinations that are held."""

import re
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.commands import account
from application.fields import Count, Position, means
from application.installation import Installation
from application.queries.account import AccountShown, account_at
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answered
from entrypoints.http.openapi.operation import COMMAND, READ, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, PathPart
from entrypoints.http.parts import parts_of

PREFIX_PATTERN = r"^\+[1-9][0-9]{0,14}$"
_PREFIX = re.compile(PREFIX_PATTERN, re.ASCII)
Prefix = Annotated[str, Meta(pattern=PREFIX_PATTERN)]


def _parse_prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        raise InvalidInput("prefix", "must be the + and the digits that a number begins with, such as +1555")
    return text


PREFIX = PathPart(name="prefix", kind=Prefix, means="how the numbers begin", parse=_parse_prefix)


class HoldsReleased(Struct, frozen=True, kw_only=True):
    """How many holds were lifted."""

    prefix: Prefix
    released: Count
    position: Position


class AccountResumedShown(Struct, frozen=True, kw_only=True):
    """What held the account up, and does not any more."""

    lifted: Annotated[str | None, means("the code or cause of the pause that was lifted; null where there was none")]
    acknowledged_position: Annotated[
        Position | None,
        means("up to where times that are still to come are not believed; null where the clock was not ahead"),
    ]
    ahead_seconds: Annotated[Count | None, means("how far the ledger's time was ahead")]
    position: Position


async def show(request: Request) -> Response:
    """GET /v1/account."""
    actor, parts = allow(request, READS), parts_of(request)
    await parts.account_known()
    return await answer_of(request, account_at, parts, actor, await AS_OF.read(request))


async def release(request: Request) -> Response:
    """DELETE /v1/account/holds/{prefix}."""
    actor, parts, prefix = allow(request, COMMANDS), parts_of(request), PREFIX.read(request)
    return answered(request, await released(parts, actor, prefix))


async def released(parts: Installation, actor: Actor, prefix: str) -> HoldsReleased:
    """Lift the holds on a prefix and on all longer ones. Raises `NotFound` where nothing of it is held."""
    await parts.fresh()
    done = await parts.ledger.execute(
        account.release_destinations(parts.in_flight.fingerprint, prefix),
        lane="commands",
        metadata=actor.metadata,
    )
    return HoldsReleased(prefix=prefix, released=done.result, position=done.position)


async def resume(request: Request) -> Response:
    """POST /v1/account/resume."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    await parts.account_known()
    decide = account.resume_account(parts.in_flight.fingerprint, parts.ledger.position)
    done = await parts.ledger.execute(decide, lane="commands", metadata=actor.metadata)
    return answered(request, AccountResumedShown(**asdict(done.result), position=done.position))


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/account",
            tag="account",
            summary="The account behind the API key: its pause, what it holds back, its limits and usage",
            parameters=(AS_OF,),
            answers={200: AccountShown},
            problems=(*READ, "invalid-input"),
        ),
    ),
    DescribedRoute(
        release,
        Operation(
            method="DELETE",
            path="/v1/account/holds/{prefix}",
            tag="account",
            summary="Let numbers that begin so be dialled again",
            description="Lifts the holds on this prefix and on all longer ones; `released` counts them. Role: operator.",
            parameters=(PREFIX,),
            answers={200: HoldsReleased},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        resume,
        Operation(
            method="POST",
            path="/v1/account/resume",
            tag="account",
            summary="Let the account dial again",
            description=(
                "Lifts the account's pause; where the ledger's time is ahead of a clock that has been set right, acknowledges "
                "what is on record. 409 while the clock is still wrong. Role: operator."
            ),
            answers={200: AccountResumedShown},
            problems=COMMAND,
        ),
    ),
]
