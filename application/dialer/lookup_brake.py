"""How a campaign's lookup has answered lately, and how often it may be asked while it does not."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

WAIT_SECONDS_MIN = 0.5
WAIT_SECONDS_MAX = 60.0
DOUBLINGS_MAX = 10


class LookupTrouble(Struct, frozen=True):
    """A lookup that gives no answer that can be used: since when (UTC), how often in a row, and why the last time."""

    host: str
    since: datetime
    times: int
    why: str


class LookupBrake:
    """One a campaign. While the lookup fails, it is asked one question at a time, after waits that grow."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._waits_until = 0.0
        self._set_at = 0.0
        self.trouble: LookupTrouble | None = None

    @property
    def is_set(self) -> bool:
        """Whether it has failed and the next try is not due yet."""
        return self.trouble is not None and self._monotonic() < self._waits_until

    def answered(self) -> None:
        """It gave an answer that can be used."""
        self.trouble = None

    def failed(self, host: str, why: str, asked_at: float) -> None:
        """It did not, when asked at that monotonic instant. What was asked before it was known to fail adds no wait."""
        known, now = self.trouble, self._monotonic()
        if known is not None and asked_at < self._set_at:
            self.trouble = LookupTrouble(host, known.since, known.times, why)
            return
        times = 1 if known is None else known.times + 1
        self.trouble = LookupTrouble(host, self._clock() if known is None else known.since, times, why)
        self._set_at = now
        self._waits_until = now + min(WAIT_SECONDS_MIN * 2 ** min(times - 1, DOUBLINGS_MAX), WAIT_SECONDS_MAX)
