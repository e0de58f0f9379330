"""Calling hours: windows of the local day, week by week."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DAY_MINUTES = 24 * 60
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)", re.ASCII)


class Window(Struct, frozen=True):
    """From minute `opens` of the local day (0 to 1439) to before minute `closes` (0 to 1440).

    One that closes at or before it opens goes past midnight, into the next day.
    """

    opens: int
    closes: int

    @property
    def minutes(self) -> int:
        """How long it is by the clock on the wall; at most a day."""
        return self.closes - self.opens + (DAY_MINUTES if self.closes <= self.opens else 0)

    def __str__(self) -> str:
        return f"{self.opens // 60:02}:{self.opens % 60:02}-{self.closes // 60:02}:{self.closes % 60:02}"


Hours = Mapping[Weekday, tuple[Window, ...]]
Week = tuple[tuple[Window, ...], ...]


def parse_window(text: str) -> Window:
    """A window from its text, like `09:00-20:00`. Raises `ValueError` that says how to write one."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(
            'must be like "09:00-20:00"; only the end may be 24:00, and an end before the start is tomorrow\'s'
        )
    hour, minute, end_hour, end_minute = found.groups()
    closes = DAY_MINUTES if end_hour is None else int(end_hour) * 60 + int(end_minute)
    return Window(int(hour) * 60 + int(minute), closes)


def week_of(hours: Hours) -> Week:
    """The windows of each day, from Monday on."""
    return tuple(tuple(hours.get(day, ())) for day in WEEKDAYS)


def minutes_until_open(week: Week, weekday: int, minute: int) -> int | None:
    """How many minutes of an even clock after `minute` of a `weekday` (0: Monday) the next window opens.

    0 within one; None where the week has none.
    """
    waits: list[int] = []
    for day in range(-1, 8):
        for window in week[(weekday + day) % 7]:
            opens = day * DAY_MINUTES + window.opens
            if opens <= minute < opens + window.minutes:
                return 0
            if opens > minute:
                waits.append(opens - minute)
    return min(waits, default=None)
