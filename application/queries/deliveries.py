"""Deliveries: a call's, first and repeated ones, as they came, and the latest of all calls."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallRead, read_call
from application.queries.masking import shown_text, shown_word
from domain.identity import call_stream
from projections.deliveries import (
    Delivered,
    DeliveriesAsked,
    KeptDelivery,
    deliveries_of,
    latest_deliveries,
    latest_deliveries_in,
)

LATEST_EVENTS_MAX = 5_000
ANSWERED = 204


class DeliveryShown(Struct, frozen=True, kw_only=True):
    """One delivery of a call, as it was kept; what it said is empty or null to viewers.

    `nth` counts the deliveries of this report, from 1. `occurred_at` is by MiniVoice's clock, `received_at` and
    `recorded_at` by ours; `stored_after_seconds` is from its arrival until it was on disk, null where the arrival was not
    kept. `answered` is the status of our answer.
    """

    position: int
    event: str
    nth: int
    is_repeat: bool
    is_changed: bool
    occurred_at: datetime | None
    received_at: datetime | None
    recorded_at: datetime
    since_last_seconds: float | None
    stored_after_seconds: float | None
    answered: int
    key: str
    digest: str
    headers: Mapping[str, str]
    body: str | None


class DeliveriesPage(Struct, frozen=True, kw_only=True):
    """Some deliveries of a call in the order in which they came; `next` is the position to go on after."""

    call_id: str
    items: list[DeliveryShown]
    next: str | None
    position: int


class DeliveredShown(Struct, frozen=True, kw_only=True):
    """One delivery among those of all calls, without what it said; `call_id` is null where it could not be read."""

    position: int
    call_id: str | None
    event: str | None
    result: str
    occurred_at: datetime | None
    received_at: datetime | None
    recorded_at: datetime
    stored_after_seconds: float | None
    answered: int
    reason: str | None


class DeliveredPage(Struct, frozen=True, kw_only=True):
    """Some deliveries of all calls, the latest first; `next` is the position to go on before."""

    items: list[DeliveredShown]
    next: str | None
    position: int


def deliveries_at(
    parts: Installation, actor: Actor, call_id: str, moment: Moment, after: int, limit: int
) -> DeliveriesPage:
    """A call's deliveries after a position, as they were known at a moment. Raises `NotFound`."""
    return shown_deliveries(actor, read_call(parts, call_id, moment.position), after, limit)


def shown_deliveries(actor: Actor, read: CallRead, after: int, limit: int) -> DeliveriesPage:
    """A call's deliveries after a position."""
    items = [one for one in deliveries_of(read.stream) if one.position > after]
    return DeliveriesPage(
        call_id=read.call_id,
        items=[_shown(one, actor) for one in items[:limit]],
        next=str(items[limit - 1].position) if len(items) > limit else None,
        position=read.position,
    )


def delivered_page(
    parts: Installation, actor: Actor, asked: DeliveriesAsked, call_id: str | None, limit: int, end: int
) -> DeliveredPage:
    """The latest deliveries that are asked for, of one call or of all, in a ledger that ends at `end`."""
    if call_id is None:
        found = latest_deliveries(parts.ledger.read_feed, asked, limit, LATEST_EVENTS_MAX)
    else:
        events = parts.ledger.read_stream(call_stream(call_id), asked.up_to_position)
        found = latest_deliveries_in(events, asked, limit)
    return DeliveredPage(
        items=[_shown_latest(one, actor) for one in found.items],
        next=None if found.before is None else str(found.before),
        position=end,
    )


def _shown(one: KeptDelivery, actor: Actor) -> DeliveryShown:
    """Viewers see what came when, not what it said."""
    sees_all = actor.sees_numbers
    return DeliveryShown(
        position=one.position,
        event=shown_word(one.event, actor) or "",
        nth=one.nth,
        is_repeat=one.is_repeat,
        is_changed=one.is_changed,
        occurred_at=one.occurred_at,
        received_at=one.received_at,
        recorded_at=one.recorded_at,
        since_last_seconds=one.since_last_seconds,
        stored_after_seconds=one.stored_after_seconds,
        answered=ANSWERED,
        key=one.key if sees_all else "",
        digest=one.digest if sees_all else "",
        headers=one.headers if sees_all else {},
        body=one.body if sees_all else None,
    )


def _shown_latest(one: Delivered, actor: Actor) -> DeliveredShown:
    return DeliveredShown(
        position=one.position,
        call_id=one.call_id,
        event=shown_word(one.event, actor),
        result=one.result,
        occurred_at=one.occurred_at,
        received_at=one.received_at,
        recorded_at=one.recorded_at,
        stored_after_seconds=one.stored_after_seconds,
        answered=ANSWERED,
        reason=shown_text(one.reason, actor),
    )
