"""Subscriptions as they stand: where each is in the ledger, what fails, what was given up, and what was tried."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import orjson
from msgspec import Struct

from adapters.outbox import Outbox
from adapters.outbox_rows import Letter, Try
from application.actor import Actor
from application.fields import Count, Cursor, Instant, Position, means
from application.installation import Installation
from application.subscriptions.reading import all_subscriptions, one_subscription
from application.subscriptions.service import Subscriptions
from domain.errors import NotReady
from domain.subscription import PauseCause, SubscriberRole
from domain.subscription.state import Subscription

TRIES_SHOWN_MAX = 100
DEAD_SHOWN_MAX = 100


class DeliveriesFailing(Struct, frozen=True, kw_only=True):
    """Since when no delivery has succeeded, and what the last one came to."""

    since: Instant
    last: Annotated[str | None, means("as `answered 500`, or why there was no answer")]


class SubscriptionPauseShown(Struct, frozen=True, kw_only=True):
    """Since when nothing is delivered, and why."""

    cause: PauseCause
    at: Instant
    reason: str | None


class SubscriptionShown(Struct, frozen=True, kw_only=True):
    """One of your own systems, what it is told, and how far that has come."""

    id: str
    url: Annotated[str, means("to viewers its host only")]
    events: Sequence[str]
    campaigns: Annotated[Sequence[str] | None, means("null: all")]
    role: Annotated[SubscriberRole, means("whose masking holds for what it is told")]
    state: Literal["running", "paused", "ended"]
    pause: SubscriptionPauseShown | None
    position: Annotated[
        Position | None,
        means("what was recorded up to it was delivered, waits, or was given up; null where the outbox does not know"),
    ]
    behind: Annotated[Count | None, means("how many events that is behind the ledger's end")]
    failing: DeliveriesFailing | None
    waiting: Annotated[Count, means("deliveries that failed and are tried again, with those behind them")]
    dead: Annotated[Count, means("deliveries that were given up, and may be sent again")]
    old_secret_until: Annotated[
        Instant | None, means("so long an old secret signs beside the one there is now; null where none does")
    ]
    created_at: Instant


class TryShown(Struct, frozen=True, kw_only=True):
    """One request to a subscriber, and what came of it."""

    position: Annotated[Position, means("of the event that it was about")]
    at: Instant
    seconds: float
    status: int | None
    why: Annotated[str | None, means("why there was no answer")]
    headers: Annotated[dict[str, Any], means("of the request, without its signature")]
    answer: Annotated[str | None, means("the answer's first bytes, as text; null to viewers")]


class DeadLetterShown(Struct, frozen=True, kw_only=True):
    """A delivery that was given up."""

    position: Annotated[Position, means("of the event that it was about: resend takes it")]
    tries: Count
    given_up_at: Instant
    status: int | None
    why: str | None


class SubscriptionWhole(Struct, frozen=True, kw_only=True):
    """A subscription, with its last tries and the first of its dead letters."""

    subscription: SubscriptionShown
    tries: Annotated[Sequence[TryShown], means("the latest first")]
    dead_letters: Sequence[DeadLetterShown]


class SubscriptionsPage(Struct, frozen=True, kw_only=True):
    """All subscriptions that have not ended, by id."""

    items: list[SubscriptionShown]
    next: Cursor = None


def serving(parts: Installation) -> Subscriptions:
    """What serves subscriptions here. Raises `NotReady` where nothing does."""
    if parts.subscriptions is None:
        raise NotReady("this process knows nothing of subscriptions")
    return parts.subscriptions


def subscriptions_page(parts: Installation, actor: Actor) -> SubscriptionsPage:
    """All that have not ended."""
    outbox, end = serving(parts).outbox, parts.ledger.position
    found = sorted(all_subscriptions(parts.ledger).items())
    now = parts.clock()
    return SubscriptionsPage(items=[_shown(one, outbox, end, actor, now) for _, one in found if not one.ended])


def subscription_shown(parts: Installation, actor: Actor, subscription_id: str) -> SubscriptionShown:
    """One of them. Raises `NotFound`."""
    state = one_subscription(parts.ledger, subscription_id)
    return _shown(state, serving(parts).outbox, parts.ledger.position, actor, parts.clock())


def subscription_whole(parts: Installation, actor: Actor, subscription_id: str) -> SubscriptionWhole:
    """One of them, with what was tried. Raises `NotFound`."""
    outbox = serving(parts).outbox
    return SubscriptionWhole(
        subscription=subscription_shown(parts, actor, subscription_id),
        tries=[_try(one, actor) for one in outbox.tries(subscription_id, TRIES_SHOWN_MAX)],
        dead_letters=[_dead(one) for one in outbox.dead(subscription_id, limit=DEAD_SHOWN_MAX)],
    )


def _shown(state: Subscription, outbox: Outbox, end: int, actor: Actor, now: datetime) -> SubscriptionShown:
    place = outbox.place(state.subscription_id)
    waiting, dead = outbox.counts(state.subscription_id)
    wanted, pause = state.wanted, state.pause
    old = () if place is None else place.old_secrets
    failing = None
    if place is not None and place.failing_since is not None:
        failing = DeliveriesFailing(since=place.failing_since, last=place.failing_last)
    return SubscriptionShown(
        id=state.subscription_id,
        url=wanted.url if actor.sees_numbers else _host_of(wanted.url),
        events=wanted.events,
        campaigns=wanted.campaigns,
        role=wanted.role,
        state=state.phase,
        pause=None if pause is None else SubscriptionPauseShown(cause=pause.cause, at=pause.at, reason=pause.reason),
        position=None if place is None else place.position,
        behind=None if place is None else max(0, end - place.position),
        failing=failing,
        waiting=waiting,
        dead=dead,
        old_secret_until=max((one.until for one in old if now < one.until), default=None),
        created_at=state.created_at,
    )


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"


def _try(one: Try, actor: Actor) -> TryShown:
    return TryShown(
        position=one.position,
        at=one.at,
        seconds=round(one.seconds, 6),
        status=one.status,
        why=one.why,
        headers=orjson.loads(one.request),
        answer=one.answer.decode("utf-8", "replace") if actor.sees_numbers else None,
    )


def _dead(letter: Letter) -> DeadLetterShown:
    return DeadLetterShown(
        position=letter.position,
        tries=letter.tries,
        given_up_at=letter.dead_at or letter.first_at,  # type: ignore[arg-type]  # a dead one has both
        status=letter.status,
        why=letter.why,
    )
