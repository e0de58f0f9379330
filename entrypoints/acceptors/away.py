"""A connection that an acceptor has, as the process that writes counts it: among all others, by the same bounds."""

from collections.abc import Callable
from typing import Final

from entrypoints.http.connection import Part
from entrypoints.http.connections import Connections


class AwayConnection:
    """Stands for a visitor of an acceptor. `let_go` has that closed, or what it sends at this very moment answered first."""

    def __init__(
        self, keeper: Connections, address: str, now: float, keep_alive_seconds: float, let_go: Callable[[], None]
    ) -> None:
        self.address = address
        self.since = now
        self._keeper: Final = keeper
        self._keep_alive_seconds = keep_alive_seconds
        self._let_go = let_go
        self._part = Part.FIRST_BYTE

    @property
    def patience(self) -> int | None:
        """Its part, while no answer is owed to it."""
        return None if self._part is Part.ANSWER else self._part

    def delivers(self) -> None:
        """It is being answered."""
        self._part = Part.ANSWER

    def is_answered(self, now: float) -> None:
        """Its next request is awaited."""
        self._part, self.since = Part.NEXT_REQUEST, now

    def look(self, now: float) -> None:
        """Have it closed where it has been silent for too long; one that sends a part of a request is handed on soon."""
        waited = now - self.since
        if self._part is Part.FIRST_BYTE and waited > self._keeper.bounds.http_first_byte_seconds:
            self._keeper.fault("silent")
            self._end(now)
        elif self._part is Part.NEXT_REQUEST and waited > self._keep_alive_seconds:
            self._end(now)

    def drop(self) -> None:
        """Have it closed at once."""
        self._let_go()

    def _end(self, now: float) -> None:
        self.since = now  # until it is gone
        self._let_go()
