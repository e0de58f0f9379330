"""Subscriptions: created, changed, paused, resumed and ended; and what was given up. What only the outbox knows is not here."""

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import subscription
from domain.identity import subscription_stream
from domain.subscription import PauseCause, Wanted


def create_subscription(subscription_id: str, wanted: Wanted) -> Command[bool]:
    """Create it; whether it is new. Raises `Conflict` where it is there and wants something else."""

    def decide(tx: Transaction) -> bool:
        events = subscription.create(tx.subscription(subscription_id), subscription_id, wanted)
        tx.append(subscription_stream(subscription_id), events)
        return bool(events)

    return decide


def change_subscription(subscription_id: str, wanted: Wanted, *, has_new_secret: bool) -> Command[bool]:
    """Want something else of it; whether that is so. Raises `NotFound`."""

    def decide(tx: Transaction) -> bool:
        state = subscription.existing(tx.subscription(subscription_id), subscription_id)
        events = subscription.change(state, wanted, has_new_secret=has_new_secret)
        tx.append(subscription_stream(subscription_id), events)
        return bool(events)

    return decide


def renew_secret(subscription_id: str) -> Command[None]:
    """Note that it has another secret. Raises `NotFound`."""

    def decide(tx: Transaction) -> None:
        state = subscription.existing(tx.subscription(subscription_id), subscription_id)
        events = subscription.change(state, state.wanted, has_new_secret=True)
        tx.append(subscription_stream(subscription_id), events)

    return decide


def pause_subscription(subscription_id: str, cause: PauseCause, reason: str | None = None) -> Command[bool]:
    """Deliver nothing until it is resumed; whether that is new. Raises `NotFound`."""

    def decide(tx: Transaction) -> bool:
        state = subscription.existing(tx.subscription(subscription_id), subscription_id)
        events = subscription.pause(state, cause, reason)
        tx.append(subscription_stream(subscription_id), events)
        return bool(events)

    return decide


def resume_subscription(subscription_id: str) -> Command[bool]:
    """Deliver again; whether that is new. Raises `NotFound`."""

    def decide(tx: Transaction) -> bool:
        events = subscription.resume(subscription.existing(tx.subscription(subscription_id), subscription_id))
        tx.append(subscription_stream(subscription_id), events)
        return bool(events)

    return decide


def end_subscription(subscription_id: str) -> Command[None]:
    """Deliver nothing of it any more. Raises `NotFound`."""

    def decide(tx: Transaction) -> None:
        state = subscription.existing(tx.subscription(subscription_id), subscription_id)
        tx.append(subscription_stream(subscription_id), subscription.end(state))

    return decide


def note_dead_letters(
    subscription_id: str, letters: int, first_position: int, last_position: int, status: int | None, why: str | None
) -> Command[None]:
    """Note how many deliveries were given up since this was noted last."""

    def decide(tx: Transaction) -> None:
        state = tx.subscription(subscription_id)
        events = subscription.note_dead(state, letters, first_position, last_position, status, why)
        tx.append(subscription_stream(subscription_id), events)

    return decide
