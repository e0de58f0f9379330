"""A journey on two clocks: for each event when it happened and when we learned it, as places on one line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from entrypoints.pages.inside import Json
from entrypoints.pages.rendering import instant, seconds

TICKS = 5
MARGIN = 2.0
SHOWN = 100 - 2 * MARGIN


class Line(Struct, frozen=True):
    """One event: places in per cent of the width; `happened` is None where the provider gave no time."""

    position: int
    event: str
    source: str
    occurred_at: str | None
    recorded_at: str
    notes: Sequence[str]
    deliveries: int
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
    lines: list[Line]

    @property
    def span_seconds(self) -> float:
        """From the first time to the last."""
        return (self.last - self.first).total_seconds()


def journey_lines(entries: Sequence[Json], deliveries: Sequence[Json]) -> Lines | None:
    """The drawing of a timeline; `deliveries` tell when a report came again."""
    if not entries:
        return None
    repeats: dict[tuple[str, str], list[datetime]] = {}
    for one in deliveries:
        if one["is_repeat"]:
            repeats.setdefault((one["event"], one["key"]), []).append(instant(one["received_at"] or one["recorded_at"]))
    times = [instant(entry["recorded_at"]) for entry in entries]
    times += [instant(entry["occurred_at"]) for entry in entries if entry["occurred_at"] is not None]
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
        name = str(entry["detail"].get("name") or entry["event"])
        again = repeats.get((name, entry["key"]), []) if entry["deliveries"] > 1 else []
        happened = None if entry["occurred_at"] is None else instant(entry["occurred_at"])
        learned = instant(entry["recorded_at"])
        delay = None if happened is None else (learned - happened).total_seconds()
        lines.append(
            Line(
                position=entry["position"],
                event=name,
                source=entry["source"],
                occurred_at=entry["occurred_at"],
                recorded_at=entry["recorded_at"],
                notes=entry["notes"],
                deliveries=entry["deliveries"],
                happened=None if happened is None else place(happened),
                learned=place(learned),
                again=[place(at) for at in again],
                delay_seconds=delay,
                text=_in_words(name, entry, delay, len(again)),
            )
        )
    return Lines(first, last, ticks, lines)


def _in_words(name: str, entry: Json, delay: float | None, again: int) -> str:
    """What the drawing shows, for those who do not see it."""
    if delay is None:
        said = f"{name}: no time of its own; learned {entry['recorded_at']}"
    else:
        order = "after" if delay >= 0 else "before"
        said = f"{name}: happened {entry['occurred_at']}, learned {seconds(abs(delay))} {order} that"
    notes = ", ".join(str(note).replace("_", " ") for note in entry["notes"])
    came = f"; came again {again} times" if again else ""
    return f"{said}{came}{'; ' if notes else ''}{notes}"
