"""A subscription: one of the user's own systems is told what happens, as far as a role may know it."""

from domain.subscription.brake import OFF, Brake
from domain.subscription.decisions import change, create, end, existing, note_dead, pause, resume
from domain.subscription.events import (
    ALERT_OVER,
    ALERT_RAISED,
    ALERTS,
    IN_NO_EVENT,
    LOG_CHECKPOINT,
    OUTCOME_CHANGED,
    PauseCause,
    SubscriberRole,
    SubscriptionChanged,
    SubscriptionCreated,
    SubscriptionDead,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionResumed,
    Wanted,
)
from domain.subscription.retries import GIVEN_UP_AFTER, next_try_at
from domain.subscription.state import INITIAL, SubscriptionPause, SubscriptionState, evolve
