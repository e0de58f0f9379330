"""MiniVoice's timestamps: RFC 3339, read into aware UTC and written back."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TIME_CHARS_MAX = 64
TIMES_CACHED_MAX = 4096
_RFC_3339 = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


@lru_cache(maxsize=TIMES_CACHED_MAX)
def parse_time(text: str) -> datetime:
    """The instant in UTC: fractions beyond microseconds are cut, no offset means UTC, a leap second is the next minute's first.

    Raises `ValueError`, without repeating the text, for anything else and for instants outside the years 1 to 9999.
    """
    match = _RFC_3339.fullmatch(text) if len(text) <= TIME_CHARS_MAX else None
    if match is None:
        raise ValueError("is not an RFC 3339 time")
    minute, second, fraction, offset = match.groups()
    leap = second == "60"
    try:
        instant = datetime.fromisoformat(
            f"{minute}:{'59' if leap else second}{(fraction or '')[:7]}{(offset or 'Z').upper()}"
        ).astimezone(UTC)
        return instant.replace(microsecond=0) + timedelta(seconds=1) if leap else instant
    except (ValueError, OverflowError):
        raise ValueError("is not a possible time") from None


def format_time(instant: datetime) -> str:
    """RFC 3339 in UTC with `Z`, such as 2026-05-29T12:00:00Z. Raises `ValueError` for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("a naive time names no instant")
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
