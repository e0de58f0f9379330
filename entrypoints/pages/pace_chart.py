"""The pace of the last minutes, drawn beside its limits."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.pace import MINUTE, MINUTES, Minutes, PaceShown, pace_of
from entrypoints.http.parameters import OneOf
from entrypoints.pages.bar_chart import Amount, Axis, BarChart, amount_text, bar_chart

SECONDS_A_MINUTE = 60
MARKED: Mapping[Minutes, timedelta] = {"15": 5 * MINUTE, "60": 10 * MINUTE}
SPANS = {minutes: f"{minutes} minutes" for minutes in MINUTES}
PACE = OneOf(name="pace", words=MINUTES, means="how many of the last minutes the pace is shown of")
USUAL: Minutes = "60"


class PaceCharts(Struct, frozen=True, kw_only=True):
    """What was sent, and how many calls were under way at once, with what they are drawn of; None where there was nothing.

    The limits are in words: requests a minute, and calls.
    """

    span: Minutes
    pace: PaceShown
    sent: BarChart | None
    at_once: BarChart | None
    sent_limit: str | None
    at_once_limit: str | None

    @property
    def sent_in_all(self) -> int:
        """All requests that left."""
        return sum(one.sent for one in self.pace.items)

    @property
    def at_once_at_most(self) -> int:
        """The most calls at once."""
        return max((one.at_once for one in self.pace.items), default=0)


def pace_charts(parts: Installation, moment: Moment, campaign_id: str | None, minutes: Minutes) -> PaceCharts:
    """Of a campaign, or of all together. Reads the views. Raises `NotFound`."""
    pace = pace_of(parts, moment, campaign_id, minutes)
    axis = Axis(pace.since, pace.until, MINUTE, MARKED[minutes], "%H:%M")
    per_second, at_once = pace.limits.calls_per_second, pace.limits.calls_at_once
    a_minute = None if per_second is None else per_second * SECONDS_A_MINUTE
    sent = [Amount(one.minute, one.sent, None) for one in pace.items]
    open_ones = [Amount(one.minute, one.at_once, None) for one in pace.items]
    return PaceCharts(
        span=minutes,
        pace=pace,
        sent=bar_chart(axis, sent, "request", a_minute) if sent else None,
        at_once=bar_chart(axis, open_ones, "call", at_once) if sent else None,
        sent_limit=amount_text(a_minute),
        at_once_limit=amount_text(at_once),
    )
