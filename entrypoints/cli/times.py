"""Instants as people write and read them: in UTC, in a zone that they name, or in this machine's own."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidInput

LOCAL = "local"
POSITION_DIGITS_MAX = 15
_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")


class Times:
    """Shows instants in one zone, and reads those that name none as being of it. `zone` None: this machine's own."""

    def __init__(self, zone: tzinfo | None, name: str) -> None:
        self._zone = zone
        self.name = name

    def shown(self, instant: object) -> str | None:
        """The API's instant with the zone's offset, to the microsecond; what is no instant stays as it came."""
        if not isinstance(instant, str):
            return None if instant is None else str(instant)
        if self._zone is UTC:
            return instant
        try:
            return datetime.fromisoformat(instant).astimezone(self._zone).isoformat(timespec="microseconds")
        except (ValueError, OverflowError):
            return instant

    def as_of(self, text: str | None, option: str = "--as-of") -> str | None:
        """What `as_of` of the API takes: a position as it is, an instant in UTC. `InvalidInput` names the option where it is neither."""
        if text is None or (text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX):
            return text
        try:
            instant = datetime.fromisoformat(text if _DATE_AND_TIME.match(text) else "")
            if instant.tzinfo is None and self._zone is not None:
                instant = instant.replace(tzinfo=self._zone)
            return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        except (ValueError, OverflowError):
            raise InvalidInput(
                option, f"{text!r} is neither a position nor an instant such as 2026-05-29T12:00:00Z"
            ) from None

    def query(self, as_of: str | None) -> dict[str, str | int]:
        """The part of a query that asks as of this; nothing where it asks for now. `InvalidInput` as `as_of` raises it."""
        moment = self.as_of(as_of)
        return {} if moment is None else {"as_of": moment}


IN_UTC = Times(UTC, "UTC")


def times_in(zone: str | None) -> Times:
    """The times of an IANA zone, or of `local`; `InvalidInput` names a zone that there is not. None is UTC."""
    if zone is None or zone == "UTC":
        return IN_UTC
    if zone == LOCAL:
        return Times(None, "local time")
    try:
        return Times(ZoneInfo(zone), zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("--tz", f"{zone!r} is no IANA time zone; write it like Europe/Berlin, or {LOCAL}") from None
