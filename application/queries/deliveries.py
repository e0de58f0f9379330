"""Deliveries: a call's, first and repeated ones, as they came, and the latest of all calls."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from application.actor import Actor
from application.fields import Amount, CallId, Cursor, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallRead, read_call
from application.queries.fitting import fitting
from application.queries.masking import shown_text, shown_word
from domain.identity import call_stream
from projections.deliveries import (
    Delivered,
    DeliveriesAsked,
    KeptDelivery,
    Result,
    deliveries_of,
    latest_deliveries,
    latest_deliveries_in,
)

LATEST_EVENTS_MAX = 5_000
ANSWERED = 204

Answered = Annotated[int, means("our status; only what is on disk is known here")]
OccurredAt = Annotated[Instant | None, means("the provider's clock")]
ReceivedAt = Annotated[Instant | None, means("when it arrived; null where that was not kept")]
RecordedAt = Annotated[Instant, means("when it was on disk")]
StoredAfter = Annotated[Amount | None, means("from its arrival until it was on disk, and answered")]
REPORT = "the report's name; to viewers only where it looks like one"


class DeliveryShown(Struct, frozen=True, kw_only=True):
    """One delivery of a call, as it was kept."""

    position: Position
    event: Annotated[str, means(REPORT)]
    nth: Annotated[int, Meta(ge=1, description="which delivery of this report it is, from 1")]
    is_repeat: Annotated[bool, means("byte for byte one that had come before")]
    is_changed: Annotated[bool, means("under the key of one that came before, with another body")]
    occurred_at: OccurredAt
    received_at: ReceivedAt
    recorded_at: RecordedAt
    since_last_seconds: Annotated[Amount | None, means("since the last delivery of the same report")]
    stored_after_seconds: StoredAfter
    answered: Answered
    key: Annotated[str, means("what makes it the same report; empty to viewers")]
    digest: Annotated[str, means("SHA-256 of the body; empty to viewers")]
    headers: Annotated[Mapping[str, str], means("those of the signature; none to viewers")]
    body: Annotated[str | None, means("as it came; null to viewers")]
    body_base64: Annotated[str | None, means("the bytes, where they are no UTF-8; `body` then shows them")]


class DeliveriesPage(Struct, frozen=True, kw_only=True):
    """Some deliveries of a call in the order in which they came."""

    call_id: CallId
    items: list[DeliveryShown]
    next: Cursor
    position: Position


class DeliveredShown(Struct, frozen=True, kw_only=True):
    """One delivery among those of all calls, without what it said."""

    position: Position
    call_id: Annotated[CallId | None, means("null where it could not be read")]
    event: Annotated[str | None, means(REPORT)]
    result: Result
    occurred_at: Annotated[Instant | None, means("the provider's clock; null of a repeated one")]
    received_at: ReceivedAt
    recorded_at: RecordedAt
    stored_after_seconds: StoredAfter
    answered: Answered
    reason: Annotated[str | None, means("why it could not be read; null to viewers")]


class DeliveredPage(Struct, frozen=True, kw_only=True):
    """Some deliveries of all calls, the latest first."""

    items: list[DeliveredShown]
    next: Cursor
    position: Position


def deliveries_at(
    parts: Installation, actor: Actor, call_id: str, moment: Moment, after: int, limit: int
) -> DeliveriesPage:
    """A call's deliveries after a position, as they were known at a moment. Raises `NotFound`."""
    return shown_deliveries(actor, read_call(parts, call_id, moment.position), after, limit)


def shown_deliveries(actor: Actor, read: CallRead, after: int, limit: int) -> DeliveriesPage:
    """A call's deliveries after a position; fewer than `limit` where they come to more than PAGE_BYTES_MAX."""
    left = [one for one in deliveries_of(read.stream) if one.position > after]
    items = fitting(_shown(one, actor) for one in left[:limit])
    return DeliveriesPage(
        call_id=read.call_id,
        items=items,
        next=str(items[-1].position) if len(left) > len(items) else None,
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
    items = fitting(_shown_latest(one, actor) for one in found.items)
    before = found.before if len(items) == len(found.items) else items[-1].position
    return DeliveredPage(
        items=items,
        next=None if before is None else str(before),
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
        body_base64=b64encode(one.raw).decode() if sees_all and one.raw is not None else None,
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
