"""A journey on two clocks: for each event when it happened and when we learned it, as places on one line."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from application.queries.call_timeline import EntryShown
from application.queries.deliveries import DeliveryShown
from domain.counted import counted
from domain.instants import time_text
from entrypoints.call_wording import event_in_words
from entrypoints.pages.journey_axis import axis_of
from entrypoints.pages.rendering import seconds

AFTERWARDS = "insight.fetched"
TICK_DISTANCE_MIN = 13.0
"""In per cent of the width: nearer ones would stand in each other's way."""


class JourneyLine(Struct, frozen=True):
    """One event: places in per cent of the width; `happened` is None where the provider gave no time that can be.

    `beyond_seconds` is how long after the axis' end we learned it; then `learned` is that end.
    """

    event: str
    says: str
    source: str
    notes: Sequence[str]
    happened: float | None
    learned: float
    again: list[float]
    delay_seconds: float | None
    text: str
    order_known: bool = True
    beyond_seconds: float | None = None


class Tick(Struct, frozen=True):
    """A mark on the axis."""

    place: float
    after: str


class Lines(Struct, frozen=True):
    """All events on one axis, which is broken where nothing happened for long."""

    first: datetime
    last: datetime
    ticks: list[Tick]
    breaks: list[Tick]
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
    # AI results come hours after the call, and would leave no room for it: the axis ends with all else.
    of_call = [entry for entry in entries if entry.event != AFTERWARDS] or entries
    times = [entry.recorded_at for entry in of_call]
    times += [entry.happened_at for entry in of_call if entry.happened_at is not None]
    times += [at for some in repeats.values() for at in some]
    axis = axis_of(times)
    place = axis.place
    ticks = _apart([Tick(at, f"+{seconds(after)}") for at, after in axis.ticks()])
    breaks = [Tick(at, seconds(left_out)) for at, left_out in axis.breaks]
    lines = []
    for entry in entries:
        name = str(entry.detail.get("name") or entry.event)
        says = event_in_words(entry.event, entry.detail)
        again = repeats.get((name, entry.key), []) if entry.deliveries > 1 else []
        happened, learned = entry.happened_at, entry.recorded_at
        delay = None if happened is None else (learned - happened).total_seconds()
        lines.append(
            JourneyLine(
                event=name,
                says=says,
                source=entry.source,
                notes=entry.notes,
                happened=None if happened is None else place(happened),
                learned=place(min(learned, axis.last)),
                beyond_seconds=(learned - axis.last).total_seconds() if learned > axis.last else None,
                again=[place(at) for at in again],
                delay_seconds=delay,
                text=_in_words(says, entry, len(again)),
                order_known=entry.order_known,
            )
        )
    return Lines(axis.first, axis.last, ticks, breaks, lines)


def _apart(ticks: Sequence[Tick]) -> list[Tick]:
    """Those with room for their text; the last one always."""
    kept: list[Tick] = []
    for tick in reversed(ticks):
        if not kept or kept[-1].place - tick.place >= TICK_DISTANCE_MIN:
            kept.append(tick)
    return kept[::-1]


def _in_words(says: str, entry: EntryShown, again: int) -> str:
    """What the drawing shows, for those who do not see it."""
    if entry.occurred_at is None:
        said = f"{says}: no time of its own; learned {time_text(entry.recorded_at)}"
    elif entry.happened_at is None:
        said = f"{says}: said to have happened {time_text(entry.occurred_at)}, which cannot be; learned {time_text(entry.recorded_at)}"
    else:
        delay = (entry.recorded_at - entry.occurred_at).total_seconds()
        order = "after" if delay >= 0 else "before"
        said = f"{says}: happened {time_text(entry.occurred_at)}, learned {seconds(abs(delay))} {order} that"
    notes = ", ".join(note.replace("_", " ") for note in entry.notes)
    came = f"; came again {counted(again, 'time')}" if again else ""
    order = "" if entry.order_known else "; its order within the second is not known"
    return f"{said}{came}{order}{'; ' if notes else ''}{notes}"
