"""The sandbox's front door for time: everything else is handed a Clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    def monotonic_ns(self) -> int: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place where the sandbox reads the clock

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


def whole_seconds(moment: datetime) -> str:
    """`2026-05-29T12:00:00Z`, the form of every time in the provider's examples."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def microseconds(moment: datetime) -> str:
    """`2026-05-29T12:00:00.000000Z`, for the sandbox's own log."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_moment(text: str) -> datetime:
    """Read RFC 3339 with an offset. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError(f"{text!r} has no offset: write it like 2026-05-29T12:00:00Z")
    return moment.astimezone(UTC)


def later(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
