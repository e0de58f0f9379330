"""What happens to a subscription. Its secret, its position and its tries are in the outbox, never here."""

from typing import ClassVar, Literal

from msgspec import Struct

OUTCOME_CHANGED = "outcome.changed"
ALERT_RAISED, ALERT_OVER = "alert.raised", "alert.over"
ALERTS = (ALERT_RAISED, ALERT_OVER)
LOG_CHECKPOINT = "log.checkpoint"
IN_NO_EVENT = (*ALERTS, LOG_CHECKPOINT)
"""These are in no stream: what they say comes from outside the ledger."""
NOBODYS: frozenset[str] = frozenset()
SubscriberRole = Literal["viewer", "auditor", "operator"]
PauseCause = Literal["operator", "gone", "outbox"]


class Wanted(Struct, frozen=True, kw_only=True):
    """What a subscriber is told, where, and as whom.

    `events` are `outcome.changed`, alerts, checkpoints of the log, or names of events; `campaigns` those that it is about, None for all. `role` is the
    one whose masking holds.
    """

    url: str
    events: tuple[str, ...] = (OUTCOME_CHANGED,)
    campaigns: tuple[str, ...] | None = None
    role: SubscriberRole = "viewer"


class SubscriptionCreated(Struct, frozen=True, kw_only=True):
    """It exists, and is told of what is recorded from now on."""

    NAME: ClassVar = "subscription.created"
    PERSONAL: ClassVar = NOBODYS
    subscription_id: str
    wanted: Wanted


class SubscriptionChanged(Struct, frozen=True, kw_only=True):
    """It is told something else, or elsewhere, or has another secret; or it was `ended`, and is told nothing any more."""

    NAME: ClassVar = "subscription.changed"
    PERSONAL: ClassVar = NOBODYS
    wanted: Wanted
    has_new_secret: bool = False
    ended: bool = False


class SubscriptionPaused(Struct, frozen=True, kw_only=True):
    """Nothing is delivered: by an operator, because the subscriber is gone (410), or because the outbox lost its place."""

    NAME: ClassVar = "subscription.paused"
    PERSONAL: ClassVar = NOBODYS
    cause: PauseCause
    reason: str | None = None


class SubscriptionResumed(Struct, frozen=True, kw_only=True):
    """It is delivered again, from where it stood."""

    NAME: ClassVar = "subscription.resumed"
    PERSONAL: ClassVar = NOBODYS


class SubscriptionDead(Struct, frozen=True, kw_only=True):
    """So many deliveries were given up, of events from one position to another; `why` is what the last try came to."""

    NAME: ClassVar = "subscription.dead"
    PERSONAL: ClassVar = NOBODYS
    deliveries: int
    first_position: int
    last_position: int
    status: int | None = None
    why: str | None = None


SubscriptionEvent = (
    SubscriptionCreated | SubscriptionChanged | SubscriptionPaused | SubscriptionResumed | SubscriptionDead
)
