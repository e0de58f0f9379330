"""A subscriber that refuses everything is asked with one delivery at a time, further and further apart, until it takes one."""

from datetime import datetime, timedelta

from msgspec import Struct

from domain.subscription.retries import JITTER, RETRY_AFTER_SECONDS

BRAKED_AFTER_LANES = 3
"""So many recipients' deliveries have to fail without one between them that was taken."""
PROBE_AFTER_SECONDS = (5, 15, 30, 60, 120, 300)
"""The wait once it is on, then after the first delivery that failed again, and so on; the last one for all that follow."""


class Brake(Struct, frozen=True, kw_only=True):
    """`failed_lanes` are those that failed since one was taken. It is on from `set_at`, and lets one through from `until` on."""

    failed_lanes: frozenset[str] = frozenset()
    probes: int = 0
    set_at: datetime | None = None
    until: datetime | None = None

    @property
    def rather_not(self) -> frozenset[str]:
        """The lanes that a probe leaves out: each second one, the first too, asks whether others are taken."""
        return self.failed_lanes if self.set_at is not None and self.probes % 2 else frozenset()

    def lets_through(self, now: datetime, on_the_way: int, most: int) -> bool:
        """Whether one more may be sent, while so many are on the way."""
        return on_the_way < most if self.until is None else on_the_way == 0 and now >= self.until

    def failed(self, lane: str, sent_at: datetime, now: datetime, chance: float, asked_seconds: float = 0.0) -> "Brake":
        """After a delivery that failed; `chance` and `asked_seconds` as for its next try.

        What was on the way when the brake was set says nothing new.
        """
        if self.set_at is not None and sent_at <= self.set_at:
            return self
        lanes = self.failed_lanes if self.set_at is not None else self.failed_lanes | {lane}
        if len(lanes) < BRAKED_AFTER_LANES:
            return Brake(failed_lanes=lanes)
        wait = PROBE_AFTER_SECONDS[min(self.probes, len(PROBE_AFTER_SECONDS) - 1)] * (1 + JITTER * (2 * chance - 1))
        wait = max(wait, min(asked_seconds, RETRY_AFTER_SECONDS[-1]))
        return Brake(failed_lanes=lanes, probes=self.probes + 1, set_at=now, until=now + timedelta(seconds=wait))


OFF = Brake()
