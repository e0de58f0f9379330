"""Subscriptions as the ledger has them: there are few, so they are folded whenever they are asked for."""

from adapters.ledger import Ledger
from domain import subscription
from domain.identity import subscription_stream
from domain.subscription.state import Subscription


def all_subscriptions(ledger: Ledger) -> dict[str, Subscription]:
    """All that there ever were, by id; the ended ones as such."""
    names = ledger.streams_of("subscription")
    return {state.subscription_id: state for name in names if (state := _folded(ledger, name)) is not None}


def one_subscription(ledger: Ledger, subscription_id: str) -> Subscription:
    """One that has not ended. Raises `NotFound`."""
    return subscription.existing(_folded(ledger, subscription_stream(subscription_id)), subscription_id)


def created_position(ledger: Ledger, subscription_id: str) -> int:
    """Where in the ledger it was created, for the last time; 0 where it never was."""
    stream = ledger.read_stream(subscription_stream(subscription_id))
    return max((one.position for one in stream if one.name == "subscription.created"), default=0)


def _folded(ledger: Ledger, stream: str) -> Subscription | None:
    state = subscription.INITIAL
    for recorded in ledger.read_stream(stream):
        state = subscription.evolve(state, recorded.event, recorded.counts_from)  # type: ignore[arg-type]
    return state
