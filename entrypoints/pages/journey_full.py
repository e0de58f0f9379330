"""Every event of a call as the ledger holds it, in the order in which we learned them: one line each, with what it holds behind it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from application.queries.call_timeline import EntryShown
from application.queries.deliveries import DeliveryShown
from application.queries.events import EventShown
from entrypoints.call_wording import SOURCES, event_in_words, more_in_words

GAP_SECONDS_MIN = 60.0


class FullLine(Struct, frozen=True, kw_only=True):
    """One event in words. `gap_seconds` is how long nothing was learned before it, None where that was not long."""

    event: EventShown
    says: str
    more: str
    source: str
    notes: Sequence[str]
    gap_seconds: float | None


def full_lines(
    events: Sequence[EventShown], entries: Sequence[EntryShown], deliveries: Sequence[DeliveryShown]
) -> list[FullLine]:
    """The lines of these events; `entries` and `deliveries` say what is to know of them, by their position."""
    by_position = {entry.position: entry for entry in entries}
    repeated = {one.position: one.event for one in deliveries if one.is_repeat}
    found = []
    before: datetime | None = None
    for event in events:
        gap = None if before is None else (event.recorded_at - before).total_seconds()
        entry, before = by_position.get(event.position), event.recorded_at
        again = repeated.get(event.position)
        says = event_in_words(event.event, {} if entry is None else entry.detail)
        found.append(
            FullLine(
                event=event,
                says=f"{says}: {event_in_words(again, {})}" if again else says,
                more="" if entry is None else more_in_words(entry.detail),
                source=SOURCES["webhook"] if again else "" if entry is None else SOURCES[entry.source],
                notes=() if entry is None else entry.notes,
                gap_seconds=gap if gap is not None and gap >= GAP_SECONDS_MIN else None,
            )
        )
    return found
