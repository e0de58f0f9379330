"""Subscriptions over HTTP: which of the user's own systems are told what, and what became of it."""

import asyncio
from functools import partial
from typing import Annotated, Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json, validated
from application.fields import CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.queries.subscriptions import (
    SubscriptionShown,
    SubscriptionsPage,
    SubscriptionWhole,
    serving,
    subscription_shown,
    subscription_whole,
    subscriptions_page,
)
from application.subscriptions.asking import SUBSCRIPTIONS_MAX, Asking
from domain.errors import NotReady
from domain.identity import parse_campaign_id
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answer_of, answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, DescribedRoute, Operation
from entrypoints.http.parameters import PathPart
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.subscribing import (
    PauseInput,
    ReplayInput,
    ResendInput,
    RotateInput,
    SubscriptionInput,
    replayed_after,
    resent_range,
    wanted_of,
)

BODY_BYTES_MAX = 64 * 1024
SUBSCRIPTION = PathPart(
    name="id", kind=CampaignId, means="the subscription", parse=partial(parse_campaign_id, field="id")
)


class SubscriptionPut(Struct, frozen=True, kw_only=True):
    """The subscription as it is now."""

    id: str
    secret: Annotated[str | None, means("where it was made just now: shown this once")]
    changed: bool
    subscription: SubscriptionShown
    position: Position


class SubscriptionMoved(Struct, frozen=True, kw_only=True):
    """What became of a subscription, and the ledger's position then."""

    id: str
    state: str
    position: Position


class SubscriptionRotated(Struct, frozen=True, kw_only=True):
    """Deliveries are signed with another secret from now on."""

    id: str
    secret: Annotated[str | None, means("where it was made just now: shown this once")]
    old_secret_until: Annotated[Instant | None, means("so long an old one signs beside it; null where none does")]
    position: Position


class SubscriptionReplayed(Struct, frozen=True, kw_only=True):
    """What was recorded after this position is told again."""

    id: str
    after: Position


class SubscriptionResent(Struct, frozen=True, kw_only=True):
    """How many deliveries are tried again."""

    id: str
    resent: Count


def asking(parts: Installation) -> Asking:
    """What is asked of subscriptions. Raises `NotReady` where this process has none."""
    if parts.new_secret is None:
        raise NotReady("this process knows nothing of subscriptions")
    return Asking(parts.ledger, serving(parts), parts.new_secret, parts.clock)


async def listing(request: Request) -> Response:
    """GET /v1/subscriptions."""
    actor = allow(request, READS)
    return await answer_of(request, subscriptions_page, parts_of(request), actor)


async def show(request: Request) -> Response:
    """GET /v1/subscriptions/{id}."""
    actor, parts, subscription_id = allow(request, READS), parts_of(request), SUBSCRIPTION.read(request)
    return await answer_of(request, subscription_shown, parts, actor, subscription_id)


async def tries(request: Request) -> Response:
    """GET /v1/subscriptions/{id}/tries."""
    actor, parts, subscription_id = allow(request, READS), parts_of(request), SUBSCRIPTION.read(request)
    return await answer_of(request, subscription_whole, parts, actor, subscription_id)


async def put(request: Request) -> Response:
    """POST /v1/subscriptions."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    given = validated(SubscriptionInput, parse_json(await read_body(request, BODY_BYTES_MAX)))
    subscription_id = parse_campaign_id(given.id)
    wanted, old_seconds = wanted_of(given, actor), given.old_secret_seconds
    done = await asking(parts).put(subscription_id, wanted, given.secret, actor.metadata, old_seconds)
    shown = await asyncio.to_thread(subscription_shown, parts, actor, subscription_id)
    content = SubscriptionPut(
        id=subscription_id, secret=done.secret, changed=done.has_changed, subscription=shown, position=done.position
    )
    return answered(request, content, status_code=201 if done.is_new else 200)


async def rotate(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/rotate."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    body = await read_body(request, BODY_BYTES_MAX)
    given = validated(RotateInput, parse_json(body) if body else {})
    done = await asking(parts).rotate(subscription_id, given.secret, given.old_secret_seconds, actor.metadata)
    content = SubscriptionRotated(
        id=subscription_id, secret=done.secret, old_secret_until=done.old_secret_until, position=done.position
    )
    return answered(request, content)


async def pause(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/pause."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    body = await read_body(request, BODY_BYTES_MAX)
    given = validated(PauseInput, parse_json(body)) if body else PauseInput()  # type: ignore[call-arg]
    position = await asking(parts).pause(subscription_id, given.reason, actor.metadata)
    return answered(request, SubscriptionMoved(id=subscription_id, state="paused", position=position))


async def resume(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/resume."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    position = await asking(parts).resume(subscription_id, actor.metadata)
    return answered(request, SubscriptionMoved(id=subscription_id, state="running", position=position))


async def end(request: Request) -> Response:
    """DELETE /v1/subscriptions/{id}."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    position = await asking(parts).end(subscription_id, actor.metadata)
    return answered(request, SubscriptionMoved(id=subscription_id, state="ended", position=position))


async def replay(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/replay."""
    allow(request, COMMANDS)
    parts, subscription_id = parts_of(request), SUBSCRIPTION.read(request)
    given = validated(ReplayInput, parse_json(await read_body(request, BODY_BYTES_MAX)))
    after = await asking(parts).replay(subscription_id, replayed_after(given))
    return answered(request, SubscriptionReplayed(id=subscription_id, after=after))


async def resend(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/resend."""
    allow(request, COMMANDS)
    parts, subscription_id = parts_of(request), SUBSCRIPTION.read(request)
    given = validated(ResendInput, parse_json(await read_body(request, BODY_BYTES_MAX)))
    count = await asking(parts).resend(subscription_id, *resent_range(given))
    return answered(request, SubscriptionResent(id=subscription_id, resent=count))


def _operation(method: str, path: str, summary: str, **more: Any) -> Operation:
    told: dict[str, Any] = {
        "method": method,
        "path": f"/v1/subscriptions{path}",
        "tag": "subscriptions",
        "summary": summary,
    }
    if "{id}" in path:
        told["parameters"] = (SUBSCRIPTION,)
    return Operation(**{**told, **more})


ROUTES = [
    DescribedRoute(
        listing,
        _operation("GET", "", "Those that have not ended", answers={200: SubscriptionsPage}, problems=READ),
    ),
    DescribedRoute(
        put,
        _operation(
            "POST",
            "",
            "Tell one of your own systems what happens from now on, or change what it is told",
            description=(
                "One with this id that is there is changed: what is left out is what it is by default, but for the secret, "
                f"which stays. At most {SUBSCRIPTIONS_MAX}. Role: operator."
            ),
            bodies={JSON: SubscriptionInput},
            answers={201: SubscriptionPut, 200: SubscriptionPut},
            problems=(*COMMAND, *BODY),
        ),
    ),
    DescribedRoute(
        show, _operation("GET", "/{id}", "One of them", answers={200: SubscriptionShown}, problems=(*READ, "not-found"))
    ),
    DescribedRoute(
        tries,
        _operation(
            "GET",
            "/{id}/tries",
            "One of them, with its last requests and answers, and what was given up",
            answers={200: SubscriptionWhole},
            problems=(*READ, "not-found"),
        ),
    ),
    DescribedRoute(
        end,
        _operation(
            "DELETE",
            "/{id}",
            "Tell it nothing any more, and forget its secret and its tries",
            description="Role: operator.",
            answers={200: SubscriptionMoved},
            problems=(*COMMAND, "not-found"),
        ),
    ),
    DescribedRoute(
        rotate,
        _operation(
            "POST",
            "/{id}/rotate",
            "Sign with a new secret, and for a while with the old one, too",
            description="Each delivery has a signature of each; whoever knows either verifies it. Role: operator.",
            bodies={JSON: RotateInput},
            needs_body=False,
            answers={200: SubscriptionRotated},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        pause,
        _operation(
            "POST",
            "/{id}/pause",
            "Tell it nothing until it is resumed",
            description="Role: operator.",
            bodies={JSON: PauseInput},
            needs_body=False,
            answers={200: SubscriptionMoved},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        resume,
        _operation(
            "POST",
            "/{id}/resume",
            "Tell it what came meanwhile, and what follows",
            description="Role: operator.",
            answers={200: SubscriptionMoved},
            problems=(*COMMAND, "not-found"),
        ),
    ),
    DescribedRoute(
        replay,
        _operation(
            "POST",
            "/{id}/replay",
            "Tell it again what was recorded from a position or an instant on",
            description="In order, under the same ids, marked as out of order. Role: operator.",
            bodies={JSON: ReplayInput},
            answers={200: SubscriptionReplayed},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
    DescribedRoute(
        resend,
        _operation(
            "POST",
            "/{id}/resend",
            "Send what was given up once more",
            description="Marked as out of order: what is newer was delivered already. Role: operator.",
            bodies={JSON: ResendInput},
            answers={200: SubscriptionResent},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
]
