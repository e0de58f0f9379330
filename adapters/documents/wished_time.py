"""A wished time as people and programs write it: an instant, or a local time with the zone that it is meant in."""

from datetime import UTC, datetime

from msgspec import Struct

from adapters.documents.input import StrictInput, parse_json, validated
from domain.errors import InvalidInput
from domain.local_times import LocalTime, instants_of
from domain.zones import known_zones, zone_info

AT_EXAMPLES = "2026-12-01T15:00 with a zone such as Europe/Berlin, or 2026-12-01T15:00:00+01:00"


class CallbackInput(StrictInput):
    """The body of PUT /v1/campaigns/{id}/recipients/{number}/callback: an instant, or a local time with its zone."""

    at: str
    zone: str | None = None


class WishedTime(Struct, frozen=True):
    """The instant that is meant (UTC), and how it was said, where as a local time or with a zone."""

    at: datetime
    local: str | None
    zone: str | None


def parse_callback(body: bytes) -> WishedTime:
    """What a body says. Raises `InvalidInput` naming the field at fault."""
    given = validated(CallbackInput, parse_json(body) if body else {})
    return wished_time(given.at, given.zone)


def wished_time(at: str, zone: str | None) -> WishedTime:
    """The instant that is meant. Raises `InvalidInput`, with the instants that it could be where it is none, or two."""
    try:
        written = datetime.fromisoformat(at.strip())
    except ValueError:
        raise InvalidInput("at", f"is no time; write it like {AT_EXAMPLES}") from None
    if zone is not None and zone not in known_zones():
        raise InvalidInput("zone", "is not an IANA time zone; write it like Europe/Berlin")
    try:
        if written.tzinfo is not None:
            return WishedTime(written.astimezone(UTC), None, zone)
        if zone is None:
            raise InvalidInput("at", f"has neither an offset nor a zone beside it; write it like {AT_EXAMPLES}")
        return WishedTime(_instant(written, zone), _text(written), zone)
    except OverflowError:
        raise InvalidInput("at", "is not a possible time") from None


def _instant(local: datetime, zone: str) -> datetime:
    clock = zone_info(zone)
    if clock is None:
        raise InvalidInput("zone", f"this installation's time zone data does not have {zone}; write at with an offset")
    told = instants_of(local, clock)
    if told.only is not None:
        return told.only
    raise InvalidInput("at", fault_of(_text(local), zone, told))


def fault_of(local: str, zone: str, told: LocalTime) -> str:
    """Why a local time is no one instant, with those that it could be."""
    choice = " or ".join(at.isoformat() for at in told.could_be)
    if told.exists:
        return f"{local} comes twice in {zone}, where clocks are put back: write which one is meant, {choice}"
    return f"{local} does not exist in {zone}, where clocks are put forward: write what is meant, {choice}"


def _text(local: datetime) -> str:
    return local.isoformat(timespec="minutes" if not (local.second or local.microsecond) else "auto")
