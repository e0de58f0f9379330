"""How fast to dial, as a pure state machine of a monotonic clock in seconds.

Two rules. No more than the limit leave in any one second and a little more, so that what leaves us at the limit also
*arrives* within it although some requests travel faster than others. And they leave evenly: one that left late lets the
next ones close up a little, or each delay of ours would lower the pace. A limit that the provider shows by refusing
halves the pace; each second without a refusal gives some of it back.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

ARRIVAL_JITTER_SECONDS = 0.05
CATCH_UP_SECONDS = 0.25
CLOSEST_SHARE_OF_GAP = 0.5
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
    """When the next request may leave.

    `recent` are the instants at which the last ones left, oldest first, as many as one second may see; `due` is when
    the next one is due by even spacing; `share` how much of the limit is used at present, 0 to 1.
    """

    calls_per_second: float
    recent: tuple[float, ...] = ()
    due: float | None = None
    share: float = 1.0
    share_at: float = 0.0
    closed_until: float = 0.0
    full_until: float = 0.0
    troubles_in_a_row: int = 0

    @property
    def per_second(self) -> float:
        """The limit as it can be kept in any one second: of 2.5 a second, two."""
        return float(int(self.calls_per_second)) if self.calls_per_second >= 1 else self.calls_per_second

    @property
    def window_max(self) -> int:
        """How many requests may leave within `window_seconds`."""
        return max(1, int(self.per_second))

    @property
    def window_seconds(self) -> float:
        """A second and what arrival may vary; more where less than one a second is allowed."""
        return (1.0 + ARRIVAL_JITTER_SECONDS) * self.window_max / self.per_second

    def share_now(self, now: float) -> float:
        """The share at `now`, with what was given back since it was lowered."""
        return min(1.0, self.share + max(0.0, now - self.share_at) * RECOVERY_SHARE_PER_SECOND)

    def gap_seconds(self, now: float) -> float:
        """The time between two requests that leave evenly."""
        return (1.0 + ARRIVAL_JITTER_SECONDS) / (self.per_second * self.share_now(now))

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next request may leave; 0 for now."""
        wait = self.closed_seconds(now)
        if self.recent:
            wait = max(wait, self.recent[-1] + self.gap_seconds(now) * CLOSEST_SHARE_OF_GAP - now)
        if self.due is not None:
            wait = max(wait, self.due - now)
        if len(self.recent) >= self.window_max:
            wait = max(wait, self.recent[-self.window_max] + self.window_seconds - now)
        return wait

    def closed_seconds(self, now: float) -> float:
        """How long the way is closed altogether, apart from the spacing; 0 where it is open."""
        return max(0.0, self.closed_until - now, self.full_until - now)


def primed(calls_per_second: float, earlier: Iterable[float]) -> Pace:
    """A pace that goes on from the instants at which requests of an earlier process may have left, at the latest."""
    pace = Pace(calls_per_second=calls_per_second)
    for at in sorted(earlier):
        pace = sent(pace, at)
    return pace


def sent(pace: Pace, now: float) -> Pace:
    """A request left."""
    at = max(now, pace.recent[-1]) if pace.recent else now
    due = at if pace.due is None else max(pace.due, at - CATCH_UP_SECONDS)
    recent = (*pace.recent, at)[-pace.window_max :]
    return replace(pace, recent=recent, due=due + pace.gap_seconds(at))


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
