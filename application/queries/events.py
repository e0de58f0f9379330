"""Events as feeds and lists show them: the ledger itself, in its total order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

PAGE_BYTES_MAX = 8 * 1024 * 1024
READ_EVENTS_MAX = 32
ENVELOPE_BYTES = 512
ReadFeed = Callable[[int, int], Sequence[Recorded]]


class EventShown(Struct, frozen=True, kw_only=True):
    """An event of the ledger."""

    position: Position
    event: EventName
    stream: str
    version: Annotated[int, Meta(ge=1)]
    event_id: str
    recorded_at: Instant
    clock_at: Annotated[Instant | None, means("what the ledger's clock said, where `recorded_at` had to be later")]
    metadata: Annotated[Mapping[str, str], means("who or what caused it")]
    body: Annotated[dict[str, Any] | None, means("all that it holds, as docs/events.md has it; null to viewers")]


class EventsPage(Struct, frozen=True, kw_only=True):
    """Some events in the ledger's order."""

    items: list[EventShown]
    next: Cursor
    position: Position


def feed(parts: Installation, actor: Actor, after: int, limit: int) -> EventsPage:
    """The events of the ledger after a position; fewer than `limit` where they come to more than PAGE_BYTES_MAX."""
    end = parts.ledger.position
    items = read_within(parts.ledger.read_feed, after, limit)
    following = str(items[-1].position) if items and items[-1].position < end else None
    return EventsPage(items=[shown_event(item, actor) for item in items], next=following, position=end)


def call_events_at(
    parts: Installation, actor: Actor, call_id: str, moment: Moment, after: int, limit: int
) -> EventsPage:
    """The events of a call after a position, as they were known at a moment. Raises `NotFound`."""
    return shown_events(actor, read_call(parts, call_id, moment.position), after, limit)


def shown_events(actor: Actor, read: CallRead, after: int, limit: int) -> EventsPage:
    """The events of a call after a position."""
    left = [recorded for recorded in read.stream if recorded.position > after]
    items = list(_within(left[:limit], PAGE_BYTES_MAX))
    return EventsPage(
        items=[shown_event(item, actor) for item in items],
        next=str(items[-1].position) if len(left) > len(items) else None,
        position=read.position,
    )


def read_within(read_feed: ReadFeed, after: int, limit: int) -> list[Recorded]:
    """Events after a position, as many as PAGE_BYTES_MAX hold, and always one where there is any."""
    found: list[Recorded] = []
    room = PAGE_BYTES_MAX
    while len(found) < limit:
        batch = read_feed(found[-1].position if found else after, min(READ_EVENTS_MAX, limit - len(found)))
        some = list(_within(batch, room, is_first=not found))
        found += some
        room -= sum(_size(recorded) for recorded in some)
        if not batch or len(some) < len(batch):
            break
    return found


def _within(events: Iterable[Recorded], room: int, *, is_first: bool = True) -> Iterator[Recorded]:
    for recorded in events:
        room -= _size(recorded)
        if room < 0 and not is_first:
            return
        yield recorded
        is_first = False


def _size(recorded: Recorded) -> int:
    """About how many bytes of JSON it is."""
    return len(msgspec.json.encode(recorded.event)) + ENVELOPE_BYTES


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
