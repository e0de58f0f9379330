"""A call's timeline: every event of it in the order in which it happened, with when we learned it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import asdict

from application.actor import Actor
from application.fields import Count, EntryName, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallHeading, CallRead, read_call, shown_heading
from application.queries.masking import word_or_none
from projections.call_journey import Entry, Journey, Note, Source, in_no_known_order, journey

# Those that may hold what the provider wrote freely, or from which a number could be found by trying.
PERSONAL_DETAILS = frozenset({"digits", "name", "digest"})
OUR_WORDS = frozenset({"drift"})


class EntryShown(Struct, frozen=True, kw_only=True):
    """One event of a call."""

    position: Position
    event: EntryName
    source: Source
    occurred_at: Annotated[Instant | None, means("the provider's clock, as it was said; null where it gave no time")]
    recorded_at: Annotated[Instant, means("when we learned it")]
    deliveries: Annotated[Count, means("how often this report came")]
    notes: Annotated[tuple[Note, ...], means("what is remarkable about it")]
    order_known: Annotated[
        bool, means("false where another happened in the same second, and no clock says which of them came first")
    ]
    key: Annotated[str, means("what makes it the same report; to viewers only as far as it is ours")]
    detail: Annotated[Mapping[str, Any], means("what the event itself says; to viewers without what is personal")]

    @property
    def happened_at(self) -> Instant | None:
        """The provider's clock, where what it said can be."""
        return None if "odd_clock" in self.notes else self.occurred_at


class TimelineShown(CallHeading, frozen=True, kw_only=True):
    """A call with everything that happened to it."""

    entries: list[EntryShown]
    position: Position


def timeline_at(parts: Installation, actor: Actor, call_id: str, moment: Moment) -> TimelineShown:
    """A call's timeline as it was known at a moment. Raises `NotFound`."""
    read = read_call(parts, call_id, moment.position)
    found = _journey(read)
    heading = shown_heading(parts, actor, read.call_id, found.state)
    return TimelineShown(**asdict(heading), entries=_entries(found.entries, actor), position=read.position)


def shown_entries(actor: Actor, read: CallRead) -> list[EntryShown]:
    """Only what happened to it."""
    return _entries(_journey(read).entries, actor)


def _journey(read: CallRead) -> Journey:
    found = journey(read.call_id, read.stream)
    assert found is not None  # noqa: S101 - what was read has an event
    return found


def _entries(entries: Sequence[Entry], actor: Actor) -> list[EntryShown]:
    unknown = in_no_known_order(entries)
    return [
        EntryShown(
            position=entry.position,
            event=entry.event,
            source=entry.source,
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            deliveries=entry.deliveries,
            notes=entry.notes,
            order_known=entry.position not in unknown,
            key=entry.key if actor.sees_numbers or entry.source == "dialtrail" else "",
            detail=entry.detail if actor.sees_numbers else _for_viewers(entry.detail),
        )
        for entry in entries
    ]


def _for_viewers(detail: Mapping[str, Any]) -> dict[str, Any]:
    words = {
        name: word_or_none(value) if isinstance(value, str) and name not in OUR_WORDS else value
        for name, value in detail.items()
    }
    return {name: value for name, value in words.items() if name not in PERSONAL_DETAILS and value is not None}
