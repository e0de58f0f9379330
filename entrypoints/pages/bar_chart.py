"""Calls over time as bars with axes, perhaps with a limit as a line, with places and sizes as the drawing has them.

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
LIMIT_TIMES_MAX = 5
"""A limit that is more times what there was is said and not drawn: no bar could be seen below it."""
NICE = (1, 2, 5)


class Amount(Struct, frozen=True):
    """What there was from `at` on, until the next: how many, and how many were answered, None where that is not asked."""

    at: datetime
    many: int
    answered: int | None


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
    limit: Mark | None = None


class Axis(Struct, frozen=True):
    """The time from `begin` to `end` in steps; each `marked` of them, from midnight on, has its text in this form.

    `says` is the form in which a bar's own time is said.
    """

    begin: datetime
    end: datetime
    step: timedelta
    marked: timedelta
    form: str
    says: str = "%Y-%m-%d %H:%M UTC"


def bar_chart(axis: Axis, amounts: Sequence[Amount], one: str, limit: float | None = None) -> BarChart:
    """The chart; `one` is what is counted, such as `call`, `limit` how many there may be."""
    slot = (RIGHT - LEFT) / max(1, (axis.end - axis.begin) // axis.step)
    is_single = all(amount.answered is None for amount in amounts)
    width = slot * FILLED / (1 if is_single else HALF_OF_WHOLE)
    most = max((max(a.many, a.answered or 0) for a in amounts), default=0)
    drawn_limit = limit if limit is not None and limit <= most * LIMIT_TIMES_MAX else None
    line = _nice(max(most, drawn_limit or 0))
    top = line * LINES_MIN

    def height(count: float) -> float:
        return round(count / top * (BOTTOM - TOP), 2)

    def place(at: datetime) -> float:
        return LEFT + (at - axis.begin) / axis.step * slot

    bars = []
    for amount in amounts:
        x = place(amount.at) + slot * (1 - FILLED) / HALF_OF_WHOLE
        tall, low = height(amount.many), height(amount.answered or 0)
        plural = "" if amount.many == 1 else "s"
        answered = "" if amount.answered is None else f", {amount.answered:,} answered"
        says = f"{amount.at.strftime(axis.says)}: {amount.many:,} {one}{plural}{answered}"
        bars.append(Bar(round(x, 2), round(x + width, 2), BOTTOM - tall, BOTTOM - low, tall, low, says))
    return BarChart(
        bars=bars,
        width=round(width, 2),
        rows=[Mark(BOTTOM - height(count), _short(count)) for count in range(0, top + 1, line)],
        columns=[Mark(round(place(at), 2), at.strftime(axis.form)) for at in _marked(axis)],
        top=top,
        limit=None if drawn_limit is None else Mark(BOTTOM - height(drawn_limit), amount_text(drawn_limit) or ""),
    )


def amount_text(amount: float | None) -> str | None:
    """A number that need not be whole, with its thousands apart."""
    return None if amount is None else f"{round(amount, 3):,}".removesuffix(".0")


def _short(count: int) -> str:
    """A round number as an axis has it, where there is little room: 500, 1.5k, 2M."""
    for many, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= many:
            return f"{count / many:g}{letter}"
    return str(count)


def _nice(most: float) -> int:
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
