"""The pace of the last hour as bars, with places and sizes as the drawing has them."""

from datetime import datetime, timedelta

from msgspec import Struct

from application.queries.campaign import CampaignShown

MINUTES = 60
WIDTH, HEIGHT = 600, 120
SLOT = WIDTH / MINUTES
MINUTE = timedelta(minutes=1)


class Bar(Struct, frozen=True):
    """One minute: where it stands, and how high each of its bars is."""

    x: float
    minute: datetime
    sent: int
    answered: int
    ended: int
    sent_height: float
    answered_height: float


class PaceChart(Struct, frozen=True):
    """All of them; `most` is the greatest number of one minute."""

    bars: list[Bar]
    most: int
    first: datetime
    last: datetime

    @property
    def sent(self) -> int:
        """All requests of the hour."""
        return sum(bar.sent for bar in self.bars)

    @property
    def answered(self) -> int:
        """All answers of the hour."""
        return sum(bar.answered for bar in self.bars)


def pace_chart(campaign: CampaignShown) -> PaceChart | None:
    """The chart of a campaign; None where nothing was called in its last hour."""
    summary = campaign.summary
    if summary is None or not summary.pace:
        return None
    by_minute = {one.minute: one for one in summary.pace}
    last = max(campaign.judged_at.replace(second=0, microsecond=0), *by_minute)
    first = last - MINUTE * (MINUTES - 1)
    shown = {minute: one for minute, one in by_minute.items() if minute >= first}
    if not shown:
        return None
    most = max(max(one.sent, one.answered, one.ended) for one in shown.values()) or 1
    bars = [
        Bar(
            x=round((minute - first) / MINUTE * SLOT, 2),
            minute=minute,
            sent=one.sent,
            answered=one.answered,
            ended=one.ended,
            sent_height=round(one.sent / most * HEIGHT, 2),
            answered_height=round(one.answered / most * HEIGHT, 2),
        )
        for minute, one in sorted(shown.items())
    ]
    return PaceChart(bars, most, first, last)
