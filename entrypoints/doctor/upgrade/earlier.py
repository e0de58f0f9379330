"""What the release before this one could read of a ledger: the events of 0.1.0, as its own code had them."""

from domain.account import UsageObserved
from domain.events import Event

NAMES = frozenset(
    [
        "account.paused",
        "account.resumed",
        "answer.served",
        "attempt.abandoned",
        "attempt.accepted",
        "attempt.refused",
        "attempt.resolved",
        "attempt.started",
        "attempt.unresolved",
        "call.answered",
        "call.canceled",
        "call.claimed",
        "call.completed",
        "call.created",
        "call.failed",
        "call.gathered",
        "call.observed",
        "call.redelivered",
        "call.reported",
        "campaign.canceled",
        "campaign.change_approved",
        "campaign.change_declined",
        "campaign.change_requested",
        "campaign.completed",
        "campaign.created",
        "campaign.paused",
        "campaign.resumed",
        "campaign.revised",
        "campaign.started",
        "delivery.quarantined",
        "destination.held",
        "destination.released",
        "insight.fetched",
        "limit.learned",
        "recipient.enrolled",
        "recipient.released",
        "recipient.suppressed",
        "recipient.withdrawn",
        "recording.completed",
        "recording.failed",
        "recording.requested",
        "recording.started",
        "usage.observed",
    ]
)


def is_known(event: Event) -> bool:
    """Whether 0.1.0 could read it: its name, and that every figure of `usage.observed` is there."""
    if isinstance(event, UsageObserved):
        return None not in (event.calls, event.billsec_seconds, event.cost_amount, event.cost_currency)
    return event.NAME in NAMES
