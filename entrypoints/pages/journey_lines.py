"""A journey on two clocks: for each event when it happened and when we learned it, as places on one line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from application.queries.call_timeline import EntryShown
from application.queries.deliveries import DeliveryShown
from domain.instants import time_text
from entrypoints.pages.rendering import seconds

TICKS = 5
MARGIN = 2.0
SHOWN = 100 - 2 * MARGIN


class JourneyLine(Struct, frozen=True):
    """One event: places in per cent of the width; `happened` is None where the provider gave no time that can be."""

    event: str
    source: str
    notes: Sequence[str]
    happened: float | None
    learned: float
    again: list[float]
    delay_seconds: float | None
    text: str


class Tick(Struct, frozen=True):
    """A mark on the axis."""

    place: float
    after: str


class Lines(Struct, frozen=True):
    """All events on one scale."""

    first: datetime
    last: datetime
    ticks: list[Tick]
    lines: list[JourneyLine]

    @property
    def span_seconds(self) -> float:
        """From the first time to the last."""
        return (self.last - self.first).total_seconds()


def journey_lines(entries: Sequence[EntryShown], deliveries: Sequence[DeliveryShown]) -> Lines | None:
    """The drawing of a timeline; `deliveries` tell when a report came again."""
    if not entries:
        return None
    repeats: dict[tuple[str, str], list[datetime]] = {}
    for one in deliveries:
        if one.is_repeat:
            repeats.setdefault((one.event, one.key), []).append(one.received_at or one.recorded_at)
    times = [entry.recorded_at for entry in entries]
    times += [entry.happened_at for entry in entries if entry.happened_at is not None]
    times += [at for some in repeats.values() for at in some]
    first, last = min(times), max(times)
    span = max((last - first) / timedelta(seconds=1), 0.001)

    def place(at: datetime) -> float:
        return round(MARGIN + (at - first).total_seconds() / span * SHOWN, 3)

    ticks = [
        Tick(round(MARGIN + SHOWN * number / (TICKS - 1), 3), f"+{seconds(span * number / (TICKS - 1))}")
        for number in range(TICKS)
    ]
    lines = []
    for entry in entries:
        name = str(entry.detail.get("name") or entry.event)
        again = repeats.get((name, entry.key), []) if entry.deliveries > 1 else []
        happened, learned = entry.happened_at, entry.recorded_at
        delay = None if happened is None else (learned - happened).total_seconds()
        lines.append(
            JourneyLine(
                event=name,
                source=entry.source,
                notes=entry.notes,
                happened=None if happened is None else place(happened),
                learned=place(learned),
                again=[place(at) for at in again],
                delay_seconds=delay,
                text=_in_words(name, entry, len(again)),
            )
        )
    return Lines(first, last, ticks, lines)


def _in_words(name: str, entry: EntryShown, again: int) -> str:
    """What the drawing shows, for those who do not see it."""
    if entry.occurred_at is None:
        said = f"{name}: no time of its own; learned {time_text(entry.recorded_at)}"
    elif entry.happened_at is None:
        said = f"{name}: said to have happened {time_text(entry.occurred_at)}, which cannot be; learned {time_text(entry.recorded_at)}"
    else:
        delay = (entry.recorded_at - entry.occurred_at).total_seconds()
        order = "after" if delay >= 0 else "before"
        said = f"{name}: happened {time_text(entry.occurred_at)}, learned {seconds(abs(delay))} {order} that"
    notes = ", ".join(note.replace("_", " ") for note in entry.notes)
    came = f"; came again {again} times" if again else ""
    return f"{said}{came}{'; ' if notes else ''}{notes}"
