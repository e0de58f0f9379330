"""HTTP's Retry-After: seconds, or a date, which is read by the server's own clock."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


def retry_after_seconds(value: str | None, date: str | None) -> float | None:
    """After how many seconds to ask again, from the headers `Retry-After` and `Date` of one answer.

    None where it does not say, or says it as a date and the answer does not tell what time it is there. Never below 0.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    at, now = _instant(text), _instant(date)
    return None if at is None or now is None else max(0.0, (at - now).total_seconds())


def _instant(text: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
