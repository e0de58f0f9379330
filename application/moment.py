"""The moment that a question is about: now, an instant, or a position of the ledger."""

import re
from datetime import UTC, datetime

from msgspec import Struct

from adapters.ledger import Ledger
from domain.errors import InvalidInput

POSITION_DIGITS_MAX = 15
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")


class Moment(Struct, frozen=True):
    """The ledger up to `position`, judged at `instant` (UTC).

    `is_past` where the past was asked for. Where it was not, what is read from the views is true as far as they have come.
    """

    position: int
    instant: datetime
    is_past: bool = False


def moment_in(ledger: Ledger, text: str, now: datetime, name: str) -> Moment:
    """A moment as people write it: an instant (inclusive) or a position. Reads the ledger; raises `InvalidInput` with `name`."""
    if text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX:
        position, end = int(text), ledger.position
        if position > end:
            raise InvalidInput(name, f"is after the ledger's end, {end}")
        last = ledger.read_feed(position - 1, 1) if position > 0 else []
        return Moment(position, last[0].recorded_at if last else now, is_past=True)
    try:
        # A plus that nobody encoded arrives as a space.
        instant = datetime.fromisoformat(text.replace(" ", "+") if _RFC_3339.match(text) else "")
        instant = (instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(name, "is neither a position nor an instant such as 2026-05-29T12:00:00Z") from None
    return Moment(ledger.position_at(instant), min(instant, now), is_past=True)
