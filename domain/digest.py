"""When a day's digest is due: at a wall clock's hour in a named zone, once a day."""

import re
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from domain.wall_clock import meant_by
from domain.zones import known_zones, local_time, zone_info

_WRITTEN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s+(\S+)", re.ASCII)
_DAY = timedelta(days=1)


class DigestTime(Struct, frozen=True):
    """The hour of a day on the clocks of an IANA zone."""

    at: time
    zone: str

    def __str__(self) -> str:
        return f"{self.at:%H:%M} {self.zone}"


class Day(Struct, frozen=True):
    """A day on the clocks of a zone, from `begin` to `end` (UTC)."""

    day: date
    begin: datetime
    end: datetime


def read_digest_time(text: str) -> DigestTime:
    """A time as it is written, like `07:30 Europe/Berlin`. Raises `ValueError`, which says what is wrong."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("is not an hour and a zone")
    if found[3] not in known_zones():
        raise ValueError("names a zone that is not known")
    return DigestTime(time(int(found[1]), int(found[2])), found[3])


def day_due(wanted: DigestTime, last: date | None, now: datetime) -> Day | None:
    """The day that a digest is due about; None where it was made. `last` is the day that was made last.

    It is the day before the last one whose wanted hour has come, also where nothing ran at that hour.
    """
    day = last_day_due(wanted, now)
    if last is not None and last >= day:
        return None
    return Day(day, _instant(wanted, day, time()), _instant(wanted, day + _DAY, time()))


def last_day_due(wanted: DigestTime, now: datetime) -> date:
    """The last day that a digest was due about. Where nothing is known of earlier ones, it counts as made."""
    today = _local_date(wanted, now)
    return today - (_DAY if now >= _instant(wanted, today, wanted.at) else 2 * _DAY)


def _local_date(wanted: DigestTime, now: datetime) -> date:
    zone = zone_info(wanted.zone)
    return (now if zone is None else local_time(now, zone)).date()


def _instant(wanted: DigestTime, day: date, at: time) -> datetime:
    """The first instant that a wall clock's time means."""
    zone = zone_info(wanted.zone)
    wall = datetime.combine(day, at)
    return wall.replace(tzinfo=UTC) if zone is None else meant_by(wall, zone).instants[0]
