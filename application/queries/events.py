"""Events as feeds and lists show them: the ledger itself, in its total order."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

import msgspec
import orjson
from msgspec import Meta, Struct

from application.actor import Actor
from application.fields import Cursor, EventName, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallRead, read_call
from domain.events import Recorded


class EventShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of the ledger."""

    position: Position
    event: EventName
    stream: str
    version: Annotated[int, Meta(ge=1)]
    event_id: str
    recorded_at: Instant
    clock_at: Annotated[Instant | None, means("what the ledger's clock said, where `recorded_at` had to be later")] = (
        None
    )
    metadata: Annotated[Mapping[str, str], means("who or what caused it")]
    body: Annotated[dict[str, Any] | None, means("all that it holds, as docs/events.md has it; null to viewers")]


class EventsPage(Struct, frozen=True, kw_only=True):
    """Some events in the ledger's order."""

    items: list[EventShown]
    next: Cursor
    position: Position


def feed(parts: Installation, actor: Actor, after: int, limit: int) -> EventsPage:
    """The events of the ledger after a position."""
    end = parts.ledger.position
    items = parts.ledger.read_feed(after, limit)
    following = str(items[-1].position) if items and items[-1].position < end else None
    return EventsPage(items=[shown_event(item, actor) for item in items], next=following, position=end)


def call_events_at(
    parts: Installation, actor: Actor, call_id: str, moment: Moment, after: int, limit: int
) -> EventsPage:
    """The events of a call after a position, as they were known at a moment. Raises `NotFound`."""
    return shown_events(actor, read_call(parts, call_id, moment.position), after, limit)


def shown_events(actor: Actor, read: CallRead, after: int, limit: int) -> EventsPage:
    """The events of a call after a position."""
    items = [recorded for recorded in read.stream if recorded.position > after]
    return EventsPage(
        items=[shown_event(item, actor) for item in items[:limit]],
        next=str(items[limit - 1].position) if len(items) > limit else None,
        position=read.position,
    )


def shown_event(recorded: Recorded, actor: Actor) -> EventShown:
    """One event; viewers do not see what it holds."""
    return EventShown(
        position=recorded.position,
        event=recorded.name,
        stream=recorded.stream,
        version=recorded.version,
        event_id=recorded.event_id,
        recorded_at=recorded.recorded_at,
        clock_at=recorded.clock_at,
        metadata=recorded.metadata,
        body=event_body(recorded) if actor.sees_numbers else None,
    )


def event_body(recorded: Recorded) -> dict[str, Any]:
    """What an event holds, as plain JSON values."""
    return cast("dict[str, Any]", orjson.loads(msgspec.json.encode(recorded.event)))
