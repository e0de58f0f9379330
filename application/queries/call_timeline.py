"""A call's timeline: every event of it in the order in which it happened, with when we learned it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.call import CallHeading, CallRead, read_call, shown_heading
from application.queries.masking import word_or_none
from projections.call_journey import Entry, Journey, journey

# Those that may hold what the provider wrote freely, or from which a number could be found by trying.
PERSONAL_DETAILS = frozenset({"digits", "name", "digest"})


class EntryShown(Struct, frozen=True, kw_only=True):
    """One event of a call.

    `source` is webhook, api or dialtrail; `occurred_at` the provider's clock, null where it gave no time, and
    `recorded_at` ours; `deliveries` is how often this report came, `notes` what is remarkable about it.
    """

    position: int
    event: str
    source: str
    occurred_at: datetime | None
    recorded_at: datetime
    deliveries: int
    notes: tuple[str, ...]
    key: str
    detail: Mapping[str, Any]


class TimelineShown(CallHeading, frozen=True, kw_only=True):
    """A call with everything that happened to it."""

    entries: list[EntryShown]
    position: int


def timeline_at(parts: Installation, actor: Actor, call_id: str, moment: Moment) -> TimelineShown:
    """A call's timeline as it was known at a moment. Raises `NotFound`."""
    read = read_call(parts, call_id, moment.position)
    found = _journey(read)
    heading = shown_heading(parts, actor, read.call_id, found.state)
    return TimelineShown(
        call_id=heading.call_id,
        campaign_id=heading.campaign_id,
        number=heading.number,
        state=heading.state,
        entries=_entries(found.entries, actor),
        position=read.position,
    )


def shown_entries(actor: Actor, read: CallRead) -> list[EntryShown]:
    """Only what happened to it."""
    return _entries(_journey(read).entries, actor)


def _journey(read: CallRead) -> Journey:
    found = journey(read.call_id, read.stream)
    assert found is not None  # noqa: S101 - what was read has an event
    return found


def _entries(entries: Sequence[Entry], actor: Actor) -> list[EntryShown]:
    return [
        EntryShown(
            position=entry.position,
            event=entry.event,
            source=entry.source,
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            deliveries=entry.deliveries,
            notes=entry.notes,
            key=entry.key if actor.sees_numbers or entry.source == "dialtrail" else "",
            detail=entry.detail if actor.sees_numbers else _for_viewers(entry.detail),
        )
        for entry in entries
    ]


def _for_viewers(detail: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: word_or_none(value) if isinstance(value, str) else value for name, value in detail.items()}
    return {name: value for name, value in words.items() if name not in PERSONAL_DETAILS and value is not None}
