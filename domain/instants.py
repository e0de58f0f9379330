"""Instants: one form in which they are written, and sums that stay within what can be written."""

from datetime import UTC, datetime, timedelta

from msgspec import to_builtins

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def time_text(at: datetime) -> str:
    """RFC 3339 in UTC with a Z, always to the microsecond."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # Each delivery and each log line has one, a timeline dozens: what msgspec writes, a whole second aside, takes a fifth.
    if at.microsecond:
        written: str = to_builtins(at)
        return written
    fields = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % fields  # noqa: UP031 - an f-string takes twice as long, too


def later(at: datetime, by: timedelta) -> datetime:
    """So much later, or earlier where `by` is negative; beyond the years 1 to 9999 it is the last or the first instant."""
    try:
        return at + by
    except OverflowError:
        return LATEST if by > timedelta() else EARLIEST
