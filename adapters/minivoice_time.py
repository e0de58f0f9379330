"""MiniVoice's timestamps: RFC 3339, read into aware UTC and written back; and what they may drift into."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

TIME_CHARS_MAX = 64
TIMES_CACHED_MAX = 4096
_RFC_3339 = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_LOOSE = re.compile(
    r"(\d{4})([-/]?)(\d\d)\2(\d\d)(?:[Tt]|\s+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?"
    r"\s*(?:([+-]\d\d)(?::?(\d\d))?)?\s*(?:[Zz]|UTC|GMT)?",
    re.ASCII,
)
_MAIL = re.compile(
    r"(?:[A-Za-z]{3},? )?\d{1,2}[ -][A-Za-z]{3}[ -]\d{4} \d\d:\d\d(?::\d\d)? (?:GMT|UTC|[+-]\d{4})", re.ASCII
)
_UNIX = re.compile(r"(\d{1,20})(\.\d{1,20})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))
"""What is below which number counts so many of its units a second: seconds reach to the year 5138."""


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


def read_time(value: object) -> datetime:
    """The instant in UTC that a time means which is not as documented. Raises `ValueError`, without repeating it.

    Read are RFC 3339 with spaces around, without colons or seconds, with `+0000`, `+00` or `UTC`; the dates of mails;
    and unix seconds, milliseconds, microseconds and nanoseconds, as numbers or in digits.
    """
    if isinstance(value, str):
        return _read_text(value.strip()) if len(value) <= TIME_CHARS_MAX else parse_time(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is neither a text nor a number")  # noqa: TRY004 - whoever reads a field awaits this one
    return unix_time(value)


def unix_time(number: float) -> datetime:
    """The instant so long after 1970, in whichever unit gives a year that is not too far off. Raises `ValueError`."""
    for bound, units_a_second in _UNITS:
        if 0 <= number < bound:  # neither infinity nor what is no number is
            microseconds = (
                number * 10**6 // units_a_second if isinstance(number, int) else number * 1e6 / units_a_second
            )
            return _EPOCH + timedelta(microseconds=microseconds)
    raise ValueError("is not a possible time")


def _read_text(text: str) -> datetime:
    if (unix := _UNIX.fullmatch(text)) is not None:
        return unix_time(int(unix[1]) if unix[2] is None else float(text))
    if _MAIL.fullmatch(text) is not None:
        try:
            return parse_time(parsedate_to_datetime(text).isoformat())
        except ValueError:
            raise ValueError("is not a possible time") from None
    loose = _LOOSE.fullmatch(text)
    if loose is None:
        return parse_time(text)
    year, _, month, day, hour, minute, second, fraction, east, east_minutes = loose.groups()
    offset = "Z" if east is None else f"{east}:{east_minutes or '00'}"
    return parse_time(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}.{fraction or '0'}{offset}")


def format_time(instant: datetime) -> str:
    """RFC 3339 in UTC with `Z`, such as 2026-05-29T12:00:00Z. Raises `ValueError` for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("a naive time names no instant")
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
