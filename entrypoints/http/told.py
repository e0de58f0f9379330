"""The bodies of what subscribers are told: the API's own answers about an event or an outcome, as a role may see them."""

from datetime import datetime

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outgoing import OutgoingClient
from application.actor import Actor
from application.alerts.shown import AlertShown, alert_shown
from application.metrics import Metrics
from application.queries.events import EventShown, shown_event
from application.queries.masking import seen_by
from application.queries.outcomes import OutcomeShown, shown_outcome
from application.subscriptions.measured import SubscriptionMetrics
from application.subscriptions.service import Subscriptions
from application.subscriptions.told_checkpoint import ToldCheckpoint
from domain.alerting import Alert
from domain.events import Recorded
from domain.subscription import SubscriberRole
from entrypoints.http.json import encode
from entrypoints.process import Outside
from entrypoints.settings import Settings
from projections.outcome import OutcomeRow

NAME = "subscriber"


def subscriptions_in(
    ledger: Ledger,
    outbox: Outbox,
    settings: Settings,
    fingerprint: str | None,
    metrics: Metrics,
    outside: Outside,
) -> Subscriptions:
    """The subscriptions of a ledger; the metrics show where they stand."""
    found = Subscriptions(
        ledger,
        outbox,
        OutgoingClient(settings.targets_allowed),
        write_body,
        fingerprint,
        clock=outside.clock,
        chance=outside.chance,
        delivered=metrics.told_subscriber,
    )
    metrics.add(SubscriptionMetrics(lambda: found.standings, outside.clock).collect)
    return found


def write_body(
    kind: str, at: datetime, what: Recorded | OutcomeRow | Alert | ToldCheckpoint, stream: str, role: SubscriberRole
) -> bytes:
    """A delivery's body; the same bytes each time that it is written."""
    actor = Actor(NAME, role)
    data: EventShown | AlertShown | OutcomeShown
    if isinstance(what, ToldCheckpoint):  # a mask would take it for a text, and what is in its hashes for a number
        return encode({"type": kind, "timestamp": at, "data": what})
    if isinstance(what, Recorded):
        data = shown_event(what, actor)
    elif isinstance(what, Alert):
        data = alert_shown(what)
    else:
        data = shown_outcome(what, stream, actor)
    return encode({"type": kind, "timestamp": at, "data": seen_by(actor, data)})
