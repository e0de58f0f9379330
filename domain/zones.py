"""Where on the clock a recipient is: the zones of a number, and the first instant at which something holds in all of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from domain.instants import later
from domain.kept_numbers import remembers_numbers
from domain.personal import ERASED

COUNTRY_CODE_DIGITS_MAX = 3
NUMBERS_CACHE_MAX = 65_536
ZONES_CACHE_MAX = 4_096
KEY_SEPARATOR = "|"
ANYWHERE = ("Etc/GMT+12", "Etc/UTC", "Etc/GMT-14")
"""Zones whose dates together are every date that it is somewhere."""
_NOT_A_PLACE = frozenset({"Factory", "localtime"})
_TRANSITION_STEP = timedelta(hours=6)
_GRAIN = timedelta(seconds=1)
_DAY = timedelta(days=1)

WaitByWall = Callable[[datetime], timedelta | None]
"""For a local time, how long by an even clock something may not hold yet: zero where it holds, None where it never will."""


@cache
def known_zones() -> frozenset[str]:
    """The IANA names that a recipient, or a policy, may have."""
    return frozenset(available_timezones() - _NOT_A_PLACE)


def zones_of(number: str) -> tuple[str, ...]:
    """The IANA zones in which this number may be, in alphabetical order; none where no numbering plan says so, or it was erased."""
    if number == ERASED:
        return ()
    digits = number[1:]
    for length in range(1, min(COUNTRY_CODE_DIGITS_MAX, len(digits)) + 1):
        if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE:
            of_country = TIMEZONE_DATA.get(digits[:length], ())
            return of_country if len(of_country) == 1 else _zones_by_plan(digits[:TIMEZONE_LONGEST_PREFIX], len(digits))
    return ()


def zone_key(enrollment_zone: str | None, number: str) -> str:
    """What all recipients share whose clock is judged alike: their sorted zones, joined by `|`; empty where none is known."""
    return enrollment_zone or KEY_SEPARATOR.join(zones_of(number))


def zones_in(key: str) -> tuple[str, ...]:
    """The zones of a `zone_key`."""
    return tuple(key.split(KEY_SEPARATOR)) if key else ()


@remembers_numbers(NUMBERS_CACHE_MAX)
def _zones_by_plan(prefix: str, digits: int) -> tuple[str, ...]:
    try:
        parsed = phonenumbers.parse("+" + prefix.ljust(digits, "0"), None)
    except phonenumbers.NumberParseException:
        return ()
    return tuple(sorted(zone for zone in time_zones_for_number(parsed) if zone != UNKNOWN_TIMEZONE))


@lru_cache(maxsize=ZONES_CACHE_MAX)
def zone_info(zone: str) -> ZoneInfo | None:
    """The clock of a zone; None of one that this installation's time zone data does not have."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """An instant on the clocks of a zone; in the first and last day that can be written, one that is a day nearer."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return (at + _DAY if at.year == 1 else at - _DAY).astimezone(zone)


def earliest(zones: Sequence[ZoneInfo], now: datetime, wait: WaitByWall, within: timedelta) -> datetime | None:
    """The first instant from `now` on at which `wait` is zero by the local time of every zone.

    None if there is none `within` that time. Clocks that are put forward or back on the way are taken into account.
    """
    at = now.astimezone(UTC)
    end = later(at, within)
    agreed = 0
    while agreed < len(zones):
        for zone in zones:
            found = _earliest_in(zone, at, wait, end)
            if found is None:
                return None
            agreed = agreed + 1 if found == at else 1
            at = found
            if agreed >= len(zones):
                break
    return at


def _earliest_in(zone: ZoneInfo, now: datetime, wait: WaitByWall, end: datetime) -> datetime | None:
    at = now
    while at <= end:
        still = wait(local_time(at, zone))
        if still is None:
            return None
        if not still:
            return at
        before, at = at, _next_transition(zone, at, later(at, still)) or later(at, still)
        if at == before:
            return None
    return None


def _next_transition(zone: ZoneInfo, begin: datetime, end: datetime) -> datetime | None:
    """The first instant after `begin`, up to `end`, from which on clocks in the zone are put differently; None without one."""
    before, low = local_time(begin, zone).utcoffset(), begin
    while low < end:
        high = min(later(low, _TRANSITION_STEP), end)
        if local_time(high, zone).utcoffset() == before:
            low = high
            continue
        low, high = low.replace(microsecond=0), high.replace(microsecond=0)
        while high - low > _GRAIN:
            middle = (low + (high - low) / 2).replace(microsecond=0)
            if local_time(middle, zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high
    return None
