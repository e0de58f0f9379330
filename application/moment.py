"""The moment that a question is about: now, an instant, or a position of the ledger."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from adapters.ledger import Ledger
from domain.dialing import Clocks
from domain.errors import InvalidInput
from domain.events import Recorded

POSITION_DIGITS_MAX = 15
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")


class Moment(Struct, frozen=True):
    """The ledger up to `position`, judged at `instant` (UTC).

    `ledger_at` is the ledger's time then, where it was another. `is_past` where the past was asked for. Where it was not, what is read from the views is true as far as they have come.
    """

    position: int
    instant: datetime
    is_past: bool = False
    ledger_at: datetime | None = None

    @property
    def clocks(self) -> Clocks:
        """The two times that a verdict is asked for."""
        return Clocks(self.instant, self.ledger_at or self.instant)


def moment_in(ledger: Ledger, text: str, now: datetime, name: str) -> Moment:
    """A moment as people write it: an instant (inclusive) or a position. Reads the ledger; raises `InvalidInput` with `name`."""
    if text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX:
        position, end = int(text), ledger.position
        if position > end:
            raise InvalidInput(name, f"is after the ledger's end, {end}")
        last = ledger.read_feed(position - 1, 1) if position > 0 else []
        return _moment(position, last[0].counts_from if last else now, last)
    try:
        instant = instant_in(text)
    except ValueError:
        raise InvalidInput(name, "is neither a position nor an instant such as 2026-05-29T12:00:00Z") from None
    position, instant = ledger.position_at(instant, now), min(instant, now)
    return _moment(position, instant, ledger.read_feed(position - 1, 1) if position > 0 else [])


def instant_in(text: str) -> datetime:
    """An instant as people write it (RFC 3339), in UTC, which is also its zone where none is given. Raises `ValueError`."""
    try:
        # A plus that nobody encoded arrives as a space.
        instant = datetime.fromisoformat(text.replace(" ", "+") if _RFC_3339.match(text) else "")
        return (instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the years 1 to 9999") from error


def _moment(position: int, instant: datetime, last: Sequence[Recorded]) -> Moment:
    """A past moment, given the last event before it."""
    is_ahead = bool(last) and last[0].passed > instant
    return Moment(position, instant, is_past=True, ledger_at=last[0].passed if is_ahead else None)
