"""How fast to dial, as a pure state machine of a monotonic clock in seconds.

Requests are spaced evenly, and a little wider than the limit asks, so that what leaves us at the limit also *arrives*
within the limit although some requests travel faster than others. A limit that the provider shows by refusing halves
the pace; each second without a refusal gives some of it back.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

ARRIVAL_JITTER_SECONDS = 0.05
SLOWEST_SHARE = 1 / 64
SLOW_DOWN_FACTOR = 0.5
RECOVERY_SHARE_PER_SECOND = 0.1
CALM_AFTER_REFUSAL_SECONDS = 1.0
FULL_WAIT_SECONDS_MAX = 5.0

TROUBLE_WAIT_SECONDS = 0.5
TROUBLE_WAIT_SECONDS_MAX = 30.0
TROUBLES_COUNTED_MAX = 16

Limit = Literal["calls_per_second", "calls_at_once"]


class Pace(Struct, frozen=True, kw_only=True):
    """When the next request may leave. `share` is how much of the limit is used at present, 0 to 1."""

    calls_per_second: float
    last_sent: float | None = None
    share: float = 1.0
    share_at: float = 0.0
    closed_until: float = 0.0
    full_until: float = 0.0
    troubles_in_a_row: int = 0

    def share_now(self, now: float) -> float:
        """The share at `now`, with what was given back since it was lowered."""
        return min(1.0, self.share + max(0.0, now - self.share_at) * RECOVERY_SHARE_PER_SECOND)

    def gap_seconds(self, now: float) -> float:
        """The least time between two requests; a limit of 2.5 a second allows two in any one second."""
        per_second = float(int(self.calls_per_second)) if self.calls_per_second >= 1 else self.calls_per_second
        return (1.0 + ARRIVAL_JITTER_SECONDS) / (per_second * self.share_now(now))

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next request may leave; 0 for now."""
        spaced = 0.0 if self.last_sent is None else self.last_sent + self.gap_seconds(now)
        return max(spaced - now, self.closed_seconds(now))

    def closed_seconds(self, now: float) -> float:
        """How long the way is closed altogether, apart from the spacing; 0 where it is open."""
        return max(0.0, self.closed_until - now, self.full_until - now)


def sent(pace: Pace, now: float) -> Pace:
    """A request left."""
    return replace(pace, last_sent=now if pace.last_sent is None else max(now, pace.last_sent))


def limited(pace: Pace, limit: Limit, now: float) -> Pace:
    """The provider refused because of a limit; refusals of requests sent before the last one took effect count as one."""
    match limit:
        case "calls_per_second":
            if now < pace.share_at:
                return pace
            share = max(SLOWEST_SHARE, pace.share_now(now) * SLOW_DOWN_FACTOR)
            return replace(
                pace,
                share=share,
                share_at=now + CALM_AFTER_REFUSAL_SECONDS,
                closed_until=max(pace.closed_until, now + CALM_AFTER_REFUSAL_SECONDS),
            )
        case "calls_at_once":
            return replace(pace, full_until=now + FULL_WAIT_SECONDS_MAX)


def troubled(pace: Pace, now: float) -> Pace:
    """The provider could not be reached, or did not say what became of a request: hold back, longer each time.

    What befell requests that were on their way before it held back counts as one.
    """
    if pace.troubles_in_a_row and now < pace.closed_until:
        return pace
    wait = min(TROUBLE_WAIT_SECONDS_MAX, TROUBLE_WAIT_SECONDS * 2**pace.troubles_in_a_row)
    in_a_row = min(pace.troubles_in_a_row + 1, TROUBLES_COUNTED_MAX)
    return replace(pace, closed_until=max(pace.closed_until, now + wait), troubles_in_a_row=in_a_row)


def understood(pace: Pace) -> Pace:
    """The provider answered so that we know what became of a request."""
    return replace(pace, troubles_in_a_row=0) if pace.troubles_in_a_row else pace


def call_ended(pace: Pace, now: float) -> Pace:
    """A call ended: where the provider was full, there is room for one again."""
    return replace(pace, full_until=now) if pace.full_until > now else pace


def with_limit(pace: Pace, calls_per_second: float) -> Pace:
    """The same pace under another limit."""
    return replace(pace, calls_per_second=calls_per_second)
