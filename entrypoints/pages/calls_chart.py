"""Which calls a chart on a page shows: those of the last hour, day, week or month."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.figures import By, FiguresShown, figures_of
from entrypoints.http.parameters import OneOf
from entrypoints.pages.bar_chart import Amount, Axis, BarChart, bar_chart

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAST_HOUR = "hour"
WEEKDAY, DATE, CLOCK = "%a %d", "%d %b", "%H:%M"


class ChartSpan(Struct, frozen=True):
    """How far back a chart goes, in which steps, and where its axis has marks."""

    by: By
    length: timedelta
    step: timedelta
    marked: timedelta
    form: str
    text: str


SPANS: Mapping[str, ChartSpan] = {
    LAST_HOUR: ChartSpan("minute", HOUR, MINUTE, 10 * MINUTE, CLOCK, "60 minutes"),
    "day": ChartSpan("hour", DAY, HOUR, 3 * HOUR, CLOCK, "24 hours"),
    "week": ChartSpan("hour", 7 * DAY, HOUR, DAY, WEEKDAY, "7 days"),
    "month": ChartSpan("day", 30 * DAY, DAY, 5 * DAY, DATE, "30 days"),
}
RANGE = OneOf(name="range", words=tuple(SPANS), means="how far back the chart goes")


class CallsChart(Struct, frozen=True, kw_only=True):
    """A chart of calls, with the figures behind it."""

    span: str
    figures: FiguresShown
    drawn: BarChart | None


def calls_chart(parts: Installation, moment: Moment, campaign_id: str | None, name: str) -> CallsChart:
    """The calls of a span that ends now. Reads the views. Raises `NotFound`."""
    span = SPANS[name]
    since = moment.instant - span.length + span.step
    figures = figures_of(parts, moment, campaign_id, span.by, since, None)
    axis = Axis(figures.since, figures.until, span.step, span.marked, span.form)
    amounts = [Amount(one.begins_at, one.calls, one.answered) for one in figures.items]
    drawn = bar_chart(axis, amounts, "call") if figures.total.calls else None
    return CallsChart(span=name, figures=figures, drawn=drawn)
