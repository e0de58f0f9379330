"""Calls over time as bars with axes, with places and sizes as the drawing has them.

An SVG of our own: the pages' policy allows no style and no script in a document, which chart libraries put into theirs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 712, 34, 204
LINES_MIN = 4
FILLED = 0.84
"""So much of its place a pair of bars fills."""
HALF_OF_WHOLE = 2
NICE = (1, 2, 5)


class Amount(Struct, frozen=True):
    """What there was from `at` on, until the next: how many, and how many were answered."""

    at: datetime
    many: int
    answered: int


class Bar(Struct, frozen=True):
    """Two bars side by side, with the words for both."""

    x: float
    x_answered: float
    y: float
    y_answered: float
    height: float
    height_answered: float
    says: str


class Mark(Struct, frozen=True):
    """A line of an axis, and what stands beside it."""

    place: float
    text: str


class BarChart(Struct, frozen=True, kw_only=True):
    """A drawing of WIDTH to HEIGHT."""

    bars: list[Bar]
    width: float
    rows: list[Mark]
    columns: list[Mark]
    top: int


class Axis(Struct, frozen=True):
    """The time from `begin` to `end` in steps; each `marked` of them, from midnight on, has its text in this form."""

    begin: datetime
    end: datetime
    step: timedelta
    marked: timedelta
    form: str


def bar_chart(axis: Axis, amounts: Sequence[Amount], one: str) -> BarChart:
    """The chart; `one` is what is counted, such as `call`."""
    slot = (RIGHT - LEFT) / max(1, (axis.end - axis.begin) // axis.step)
    width = slot * FILLED / HALF_OF_WHOLE
    line = _nice(max((max(a.many, a.answered) for a in amounts), default=0))
    top = line * LINES_MIN

    def height(count: int) -> float:
        return round(count / top * (BOTTOM - TOP), 2)

    def place(at: datetime) -> float:
        return LEFT + (at - axis.begin) / axis.step * slot

    bars = []
    for amount in amounts:
        x = place(amount.at) + slot * (1 - FILLED) / HALF_OF_WHOLE
        tall, low = height(amount.many), height(amount.answered)
        plural = "" if amount.many == 1 else "s"
        says = f"{amount.at:%Y-%m-%d %H:%M} UTC: {amount.many:,} {one}{plural}, {amount.answered:,} answered"
        bars.append(Bar(round(x, 2), round(x + width, 2), BOTTOM - tall, BOTTOM - low, tall, low, says))
    return BarChart(
        bars=bars,
        width=round(width, 2),
        rows=[Mark(BOTTOM - height(count), f"{count:,}") for count in range(0, top + 1, line)],
        columns=[Mark(round(place(at), 2), at.strftime(axis.form)) for at in _marked(axis)],
        top=top,
    )


def _nice(most: int) -> int:
    """How far the lines of the axis are apart: so many times 1, 2 or 5 of a power of ten that LINES_MIN of them hold the most."""
    power = 1
    while True:
        for nice in NICE:
            if nice * power * LINES_MIN >= most:
                return nice * power
        power *= 10


def _marked(axis: Axis) -> list[datetime]:
    midnight = axis.begin.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + -((midnight - axis.begin) // axis.marked) * axis.marked
    at = at if at >= axis.begin else at + axis.marked
    found = []
    while at < axis.end:
        found.append(at)
        at += axis.marked
    return found
