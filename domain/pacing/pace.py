"""When the next request may leave: never more than the limit in any one second, and evenly.

No more than the limit leave in any one second and a little more, so that what leaves us at the limit also *arrives* within
it although some requests travel faster than others. One that left late lets the next ones close up a little, or each delay
of ours would lower the pace. Between the moment at which a request is released and the one at which its last byte is written the
process may stand still for any time; until that is told, the request counts as one that leaves now.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

ARRIVAL_JITTER_SECONDS = 0.05
CATCH_UP_SECONDS = 0.25
CLOSEST_SHARE_OF_GAP = 0.5


class Pace(Struct, frozen=True, kw_only=True):
    """Requests under one limit, by a monotonic clock in seconds.

    `recent` are the instants at which the last ones had left, oldest first, as many as one second may see; `leaving` how
    many more were released and are being written. `last` is when the last one was released, `due` when the next one is due by
    even spacing.
    """

    calls_per_second: float
    recent: tuple[float, ...] = ()
    leaving: int = 0
    last: float | None = None
    due: float | None = None

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

    @property
    def gap_seconds(self) -> float:
        """The time between two requests that leave evenly."""
        return (1.0 + ARRIVAL_JITTER_SECONDS) / self.per_second

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next request may leave; 0 for now."""
        wait = 0.0
        if self.last is not None:
            wait = max(wait, self.last + self.gap_seconds * CLOSEST_SHARE_OF_GAP - now)
        if self.due is not None:
            wait = max(wait, self.due - now)
        free = self.window_max - self.leaving
        if free <= 0:
            wait = max(wait, self.window_seconds)
        elif len(self.recent) >= free:
            wait = max(wait, self.recent[-free] + self.window_seconds - now)
        return wait


def primed(calls_per_second: float, earlier: Iterable[float]) -> Pace:
    """A pace that goes on from the instants at which requests of an earlier process may have left, at the latest."""
    pace = Pace(calls_per_second=calls_per_second)
    for at in sorted(earlier)[-pace.window_max :]:
        pace = sent(pace, at)
    return pace


def released(pace: Pace, now: float) -> Pace:
    """A request may be written from now on; `written` is to follow, whatever becomes of it."""
    at = now if pace.last is None else max(now, pace.last)
    due = at if pace.due is None else max(pace.due, at - CATCH_UP_SECONDS)
    return replace(
        pace,
        recent=pace.recent[-pace.window_max :],
        leaving=pace.leaving + 1,
        last=at,
        due=due + pace.gap_seconds,
    )


def written(pace: Pace, now: float) -> Pace:
    """A request that was released has left, or never will."""
    at = max(now, pace.recent[-1]) if pace.recent else now
    return replace(pace, recent=(*pace.recent, at), leaving=max(0, pace.leaving - 1))


def sent(pace: Pace, now: float) -> Pace:
    """A request was released and left at once."""
    return written(released(pace, now), now)


def filled(pace: Pace, at: float) -> Pace:
    """The pace as if as many had left at an instant as a window may see: others sent until then, and nobody knows how much."""
    return replace(primed(pace.calls_per_second, (at,) * pace.window_max), leaving=pace.leaving)


def with_limit(pace: Pace, calls_per_second: float) -> Pace:
    """The same pace under another limit."""
    return pace if pace.calls_per_second == calls_per_second else replace(pace, calls_per_second=calls_per_second)
