"""A policy's hours in the coming seven days: by the clock where the person is, and by the reader's own.

The dates on which the policy lets nobody be called are struck out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.dialing import barred_dates
from domain.policy import DAY_MINUTES, WEEKDAYS, Hours, Policy, Window, week_of
from domain.zones import local_time

TICKS = (0, 6, 12, 18, 24)
DAYS = len(WEEKDAYS)
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 20)
"""Beyond them the days beside the week could not be written."""
ANY_HOUR: Hours = dict.fromkeys(WEEKDAYS, (Window(0, DAY_MINUTES),))
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

Span = tuple[int, int]
"""Minutes from the first midnight on, from and to."""
LocalSpan = tuple[datetime, datetime]
"""From and to by the clock where the person is."""


class HoursBar(Struct, frozen=True):
    """From where on the day, and how long, in per cent of it."""

    x: float
    width: float


class ClockHours(Struct, frozen=True, kw_only=True):
    """One day of one clock: when people are called, and when they would be if no date were barred; in words and as bars."""

    open: list[str]
    struck: list[str]
    open_bars: list[HoursBar]
    struck_bars: list[HoursBar]


class DayHours(Struct, frozen=True, kw_only=True):
    """One day of both clocks; `barred` is why nobody is called on this date of theirs, such as a holiday's name."""

    day: str
    date: str
    barred: str | None
    theirs: ClockHours
    ours: ClockHours


class WeekHours(Struct, frozen=True, kw_only=True):
    """The seven days from `begins` on, the date that it is there, by the clocks of these two zones."""

    zone: str
    our_zone: str
    begins: str
    days: list[DayHours]


def week_hours(policy: Policy, zone: ZoneInfo, our_zone: ZoneInfo, now: datetime) -> WeekHours:
    """The hours of the seven days from the one that it is in `zone` at `now`: clocks that are put forward or back in them are taken into account."""
    today = min(max(local_time(now, zone).date(), FIRST_DAY), LAST_DAY)
    begin = datetime.combine(today, time())
    barred = barred_dates(policy, [today + day * _DAY for day in range(-2, DAYS + 2)])
    spans = list(_spans(ANY_HOUR if policy.hours is None else policy.hours, begin))
    struck = [part for span in spans for part in _within(span, barred)]
    left = [part for span in spans for part in _without(span, barred)]
    theirs = _clock_hours(left, struck, begin)
    moved = [[(_moved(a, zone, our_zone), _moved(b, zone, our_zone)) for a, b in some] for some in (left, struck)]
    ours = _clock_hours(moved[0], moved[1], begin)
    dates = [today + nth * _DAY for nth in range(DAYS)]
    return WeekHours(
        zone=str(zone),
        our_zone=str(our_zone),
        begins=today.isoformat(),
        days=[
            DayHours(
                day=WEEKDAYS[day.weekday()].capitalize(),
                date=day.isoformat(),
                barred=barred.get(day),
                theirs=theirs[nth],
                ours=ours[nth],
            )
            for nth, day in enumerate(dates)
        ],
    )


def _spans(hours: Hours, begin: datetime) -> Iterable[LocalSpan]:
    """The windows of the seven days, and of the days beside them: on another clock they reach into these."""
    week = week_of(hours)
    for nth in range(-2, DAYS + 2):
        day = begin + nth * _DAY
        for window in week[day.weekday()]:
            opens = day + window.opens * _MINUTE
            yield opens, opens + window.minutes * _MINUTE


def _within(span: LocalSpan, barred: Mapping[date, str]) -> Iterable[LocalSpan]:
    return (part for part in _by_date(span) if part[0].date() in barred)


def _without(span: LocalSpan, barred: Mapping[date, str]) -> Iterable[LocalSpan]:
    return (part for part in _by_date(span) if part[0].date() not in barred)


def _by_date(span: LocalSpan) -> Iterable[LocalSpan]:
    """A window in parts that each lie in one date."""
    opens, closes = span
    while opens < closes:
        midnight = datetime.combine(opens.date(), time()) + _DAY
        yield opens, min(midnight, closes)
        opens = midnight


def _moved(at: datetime, zone: ZoneInfo, our_zone: ZoneInfo) -> datetime:
    return local_time(at.replace(tzinfo=zone), our_zone).replace(tzinfo=None)


def _clock_hours(left: Sequence[LocalSpan], struck: Sequence[LocalSpan], begin: datetime) -> list[ClockHours]:
    opened, closed = (_by_day([_minutes(span, begin) for span in some]) for some in (left, struck))
    return [
        ClockHours(
            open=_in_words(opened[nth]) or ([] if closed[nth] else ["closed"]),
            struck=_in_words(closed[nth]),
            open_bars=_bars(opened[nth]),
            struck_bars=_bars(closed[nth]),
        )
        for nth in range(DAYS)
    ]


def _minutes(span: LocalSpan, begin: datetime) -> Span:
    opens, closes = span
    return round((opens - begin) / _MINUTE), round((closes - begin) / _MINUTE)


def _by_day(spans: Sequence[Span]) -> list[list[Span]]:
    """The minutes of each day that they cover, those that meet as one."""
    days: list[list[Span]] = []
    for nth in range(DAYS):
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
