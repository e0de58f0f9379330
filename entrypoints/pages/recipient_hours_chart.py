"""A campaign's calls by the hour of the day of those who were called, drawn."""

from datetime import datetime, timedelta

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.recipient_hours import HourFigures, RecipientHoursShown, recipient_hours
from domain.instants import EARLIEST, later
from entrypoints.pages.bar_chart import Amount, Axis, BarChart, bar_chart
from entrypoints.pages.calls_chart import CLOCK, SPANS

HOUR = timedelta(hours=1)
ANY_DAY = EARLIEST


class RecipientHoursChart(Struct, frozen=True, kw_only=True):
    """The chart, None where no call has an hour of its own, with the figures behind it."""

    figures: RecipientHoursShown
    drawn: BarChart | None

    @property
    def unknown(self) -> HourFigures | None:
        """The calls of which nobody knows what time it was for those who were called."""
        return next((one for one in self.figures.items if one.hour is None), None)


def recipient_hours_chart(parts: Installation, moment: Moment, campaign_id: str, name: str) -> RecipientHoursChart:
    """The calls of a span that ends now. Reads the views. Raises `NotFound`."""
    since = later(moment.instant, -SPANS[name].length)
    figures = recipient_hours(parts, moment, campaign_id, since, None)
    axis = Axis(ANY_DAY, ANY_DAY + 24 * HOUR, HOUR, 3 * HOUR, CLOCK, "%H:%M by their clock")
    amounts = [Amount(_at(one.hour), one.calls, one.answered) for one in figures.items if one.hour is not None]
    return RecipientHoursChart(figures=figures, drawn=bar_chart(axis, amounts, "call") if amounts else None)


def _at(hour: int) -> datetime:
    return ANY_DAY + hour * HOUR
