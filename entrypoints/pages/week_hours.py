"""A policy's hours as a week: by the clock where the person is, and by the reader's own."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.policy import DAY_MINUTES, WEEKDAYS, Hours, week_of
from domain.zones import local_time

TICKS = (0, 6, 12, 18, 24)
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
"""Beyond them the days beside the week could not be written."""
_MINUTE = timedelta(minutes=1)

Span = tuple[int, int]
"""Minutes of the week from Monday 00:00 on, from and to."""


class HoursBar(Struct, frozen=True):
    """From where on the day, and how long, in per cent of it."""

    x: float
    width: float


class DayHours(Struct, frozen=True, kw_only=True):
    """One day of both clocks: `theirs` and `ours` in words, with the bars that are drawn."""

    day: str
    theirs: list[str]
    ours: list[str]
    their_bars: list[HoursBar]
    our_bars: list[HoursBar]


class WeekHours(Struct, frozen=True, kw_only=True):
    """The week in which `monday` is (there), by the clocks of these two zones."""

    zone: str
    our_zone: str
    monday: str
    days: list[DayHours]


def week_hours(hours: Hours, zone: ZoneInfo, our_zone: ZoneInfo, now: datetime) -> WeekHours:
    """The hours of the week that it is in `zone` at `now`: clocks that are put forward or back in it are taken into account."""
    today = min(max(local_time(now, zone).date(), FIRST_DAY), LAST_DAY)
    monday = datetime.combine(today - timedelta(days=today.weekday()), time())
    theirs = [(monday + opens * _MINUTE, monday + closes * _MINUTE) for opens, closes in _spans(hours)]
    ours = [(_moved(opens, zone, our_zone), _moved(closes, zone, our_zone)) for opens, closes in theirs]
    there, here = _by_day(_minutes(theirs, monday)), _by_day(_minutes(ours, monday))
    return WeekHours(
        zone=str(zone),
        our_zone=str(our_zone),
        monday=monday.date().isoformat(),
        days=[
            DayHours(
                day=day.capitalize(),
                theirs=_in_words(there[nth]),
                ours=_in_words(here[nth]),
                their_bars=_bars(there[nth]),
                our_bars=_bars(here[nth]),
            )
            for nth, day in enumerate(WEEKDAYS)
        ],
    )


def _spans(hours: Hours) -> list[Span]:
    """The windows of the week, and of the days beside it: on another clock they reach into it."""
    week = week_of(hours)
    return [
        (day * DAY_MINUTES + window.opens, day * DAY_MINUTES + window.opens + window.minutes)
        for day in range(-2, 9)
        for window in week[day % 7]
    ]


def _moved(at: datetime, zone: ZoneInfo, our_zone: ZoneInfo) -> datetime:
    return local_time(at.replace(tzinfo=zone), our_zone).replace(tzinfo=None)


def _minutes(spans: Iterable[tuple[datetime, datetime]], monday: datetime) -> list[Span]:
    return [(round((opens - monday) / _MINUTE), round((closes - monday) / _MINUTE)) for opens, closes in spans]


def _by_day(spans: Sequence[Span]) -> list[list[Span]]:
    """The minutes of each day that they cover, those that meet as one."""
    days: list[list[Span]] = []
    for nth in range(len(WEEKDAYS)):
        begins = nth * DAY_MINUTES
        within = sorted((max(opens - begins, 0), min(closes - begins, DAY_MINUTES)) for opens, closes in spans)
        merged: list[Span] = []
        for opens, closes in within:
            if closes <= opens:
                continue
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        days.append(merged)
    return days


def _in_words(spans: Sequence[Span]) -> list[str]:
    if not spans:
        return ["closed"]
    if spans == [(0, DAY_MINUTES)]:
        return ["all day"]
    return [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _bars(spans: Sequence[Span]) -> list[HoursBar]:
    return [
        HoursBar(round(100 * opens / DAY_MINUTES, 3), round(100 * (closes - opens) / DAY_MINUTES, 3))
        for opens, closes in spans
    ]
