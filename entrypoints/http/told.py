"""The bodies of what subscribers are told: the API's own answers about an event or an outcome, as a role may see them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outgoing import OutgoingClient
from application.actor import Actor
from application.queries.events import shown_event
from application.queries.masking import seen_by, shown_reason, shown_text, shown_word
from application.subscriptions.service import Subscriptions
from domain.events import Recorded
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.subscription import SubscriberRole
from entrypoints.http.json import encode
from entrypoints.process import chance, utc_now
from entrypoints.settings import Settings
from projections.outcome import OutcomeRow

NAME = "subscriber"


def subscriptions_in(
    ledger: Ledger,
    folder: Path,
    settings: Settings,
    fingerprint: str | None,
    tried: Callable[[str], None],
) -> Subscriptions:
    """The subscriptions of a ledger, with their outbox in a data folder."""
    client = OutgoingClient(settings.targets_allowed)
    return Subscriptions(
        ledger, Outbox(folder), client, write_body, fingerprint, clock=utc_now, chance=chance, delivered=tried
    )


def write_body(kind: str, at: datetime, what: Recorded | OutcomeRow, stream: str, role: SubscriberRole) -> bytes:
    """A delivery's body; the same bytes each time that it is written."""
    actor = Actor(NAME, role)
    data = shown_event(what, actor) if isinstance(what, Recorded) else _outcome(what, stream, actor)
    return encode({"type": kind, "timestamp": at, "data": seen_by(actor, data)})


def _outcome(row: OutcomeRow, stream: str, actor: Actor) -> Mapping[str, Any]:
    return {
        "campaign_id": row.campaign_id,
        "number": row.number if actor.sees_numbers else mask(row.number),
        "recipient": pseudonym_of(stream),
        "reference": shown_text(row.reference, actor),
        "status": row.status,
        "reason": shown_reason(row.status, row.reason, actor),
        "attempts": row.attempts,
        "call_id": row.call_id,
        "answered": row.answered,
        "digits": row.digits if actor.sees_numbers else None,
        "seconds": row.seconds,
        "code": shown_word(row.code, actor),
        "changed_at": row.changed_at,
        "position": row.position,
    }
