"""Which calls a chart on a page shows: those of the last hour, day, week or month."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import MinuteShown
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


class MinutesChart(Struct, frozen=True, kw_only=True):
    """A chart of a campaign's last hour by the minute."""

    span: str
    minutes: Sequence[MinuteShown]
    drawn: BarChart | None

    @property
    def sent(self) -> int:
        """All requests that left."""
        return sum(one.sent for one in self.minutes)

    @property
    def answered(self) -> int:
        """All calls that were answered."""
        return sum(one.answered for one in self.minutes)


def calls_chart(parts: Installation, moment: Moment, campaign_id: str | None, name: str) -> CallsChart:
    """The calls of a span that ends now. Reads the views. Raises `NotFound`."""
    span = SPANS[name]
    since = moment.instant - span.length + span.step
    figures = figures_of(parts, moment, campaign_id, span.by, since, None)
    axis = Axis(figures.since, figures.until, span.step, span.marked, span.form)
    amounts = [Amount(one.begins_at, one.calls, one.answered) for one in figures.items]
    drawn = bar_chart(axis, amounts, "call") if figures.total.calls else None
    return CallsChart(span=name, figures=figures, drawn=drawn)


def minutes_chart(minutes: Sequence[MinuteShown], now: datetime) -> MinutesChart:
    """The last 60 whole minutes before now."""
    end = now.replace(second=0, microsecond=0)
    axis = Axis(end - HOUR, end, MINUTE, 10 * MINUTE, CLOCK)
    shown = [one for one in minutes if axis.begin <= one.minute < end]
    amounts = [Amount(one.minute, one.sent, one.answered) for one in shown]
    drawn = bar_chart(axis, amounts, "request") if shown else None
    return MinutesChart(span=LAST_HOUR, minutes=shown, drawn=drawn)
