"""What may become of a subscription."""

from domain.errors import Conflict, NotFound
from domain.subscription.events import (
    PauseCause,
    SubscriptionChanged,
    SubscriptionCreated,
    SubscriptionDead,
    SubscriptionPaused,
    SubscriptionResumed,
    Wanted,
)
from domain.subscription.state import Subscription, SubscriptionState


def existing(state: SubscriptionState, subscription_id: str) -> Subscription:
    """One that has not ended. Raises `NotFound`."""
    if state is None or state.ended:
        raise NotFound(
            f"there is no subscription {subscription_id}; dialtrail subscriptions list shows those there are"
        )
    return state


def create(state: SubscriptionState, subscription_id: str, wanted: Wanted) -> list[SubscriptionCreated]:
    """Begin it; nothing where it is there already as it is wanted. Raises `Conflict` where it is there otherwise."""
    if state is None or state.ended:
        return [SubscriptionCreated(subscription_id=subscription_id, wanted=wanted)]
    if state.wanted != wanted:
        raise Conflict(f"{subscription_id} is there already, and otherwise; change it, or take another id")
    return []


def change(state: Subscription, wanted: Wanted, *, has_new_secret: bool) -> list[SubscriptionChanged]:
    """Want something else of it; nothing where nothing would change."""
    if state.wanted == wanted and not has_new_secret:
        return []
    return [SubscriptionChanged(wanted=wanted, has_new_secret=has_new_secret)]


def end(state: Subscription) -> list[SubscriptionChanged]:
    """Deliver nothing of it any more, for good."""
    return [SubscriptionChanged(wanted=state.wanted, ended=True)]


def pause(state: Subscription, cause: PauseCause, reason: str | None = None) -> list[SubscriptionPaused]:
    """Deliver nothing until it is resumed; nothing where it is paused."""
    return [] if state.pause is not None else [SubscriptionPaused(cause=cause, reason=reason)]


def resume(state: Subscription) -> list[SubscriptionResumed]:
    """Deliver again; nothing where it is not paused."""
    return [] if state.pause is None else [SubscriptionResumed()]


def note_dead(
    state: SubscriptionState,
    deliveries: int,
    first_position: int,
    last_position: int,
    status: int | None,
    why: str | None,
) -> list[SubscriptionDead]:
    """Note what was given up; nothing of one that has ended meanwhile."""
    if state is None or state.ended:
        return []
    return [
        SubscriptionDead(
            deliveries=deliveries, first_position=first_position, last_position=last_position, status=status, why=why
        )
    ]
