"""What the rules of the clock are compared with: hours read off the wall, minute by minute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.policy import WEEKDAYS, Weekday, Window

MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    """An instant in UTC from its text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_open(hours: Mapping[Weekday, tuple[Window, ...]], zone: str, at: datetime) -> bool:
    """Whether the clock on a wall in that zone shows a time within a window of that day, or of the night before."""
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
    for window in hours.get(today, ()):
        is_overnight = window.closes <= window.opens
        if minute >= window.opens and (is_overnight or minute < window.closes):
            return True
    return any(w.closes <= w.opens and minute < w.closes for w in hours.get(yesterday, ()))


def first_open(
    hours: Mapping[Weekday, tuple[Window, ...]], zones: Sequence[str], now: datetime, within: timedelta
) -> datetime | None:
    """The first instant from `now` on at which all are open, looked for minute by minute."""
    at = now
    while at <= now + within:
        if all(is_open(hours, zone, at) for zone in zones):
            return at
        at = at.replace(second=0, microsecond=0) + MINUTE
    return None
