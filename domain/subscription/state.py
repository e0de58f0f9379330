"""Where a subscription stands."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.subscription.events import (
    PauseCause,
    SubscriptionChanged,
    SubscriptionCreated,
    SubscriptionDead,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionResumed,
    Wanted,
)


class SubscriptionPause(Struct, frozen=True):
    """Since when nothing is delivered, and why."""

    cause: PauseCause
    at: datetime
    reason: str | None = None


class Subscription(Struct, frozen=True, kw_only=True):
    """A subscription that was created; `dead` counts the deliveries that were given up. An ended one stays known."""

    subscription_id: str
    wanted: Wanted
    created_at: datetime
    pause: SubscriptionPause | None = None
    ended: bool = False
    dead: int = 0

    @property
    def phase(self) -> Literal["running", "paused", "ended"]:
        """What becomes of its deliveries."""
        if self.ended:
            return "ended"
        return "running" if self.pause is None else "paused"


SubscriptionState = Subscription | None
INITIAL: SubscriptionState = None


def evolve(state: SubscriptionState, event: SubscriptionEvent, at: datetime) -> SubscriptionState:
    """The state after an event that was recorded `at`."""
    if isinstance(event, SubscriptionCreated):
        return Subscription(subscription_id=event.subscription_id, wanted=event.wanted, created_at=at)
    if state is None:
        return None
    match event:
        case SubscriptionChanged():
            return replace(state, wanted=event.wanted, ended=event.ended)
        case SubscriptionPaused():
            return replace(state, pause=SubscriptionPause(event.cause, at, event.reason))
        case SubscriptionResumed():
            return replace(state, pause=None)
        case SubscriptionDead():
            return replace(state, dead=state.dead + event.deliveries)
