"""How fast a campaign may dial while it still warms up."""

from datetime import datetime

from domain.policy import Ramp


def ramped(calls_per_second: float, ramp: Ramp | None, started_at: datetime | None, now: datetime) -> float:
    """A campaign's limit `now`: it grows evenly from the ramp's start to its own, counted from its first start."""
    if ramp is None:
        return calls_per_second
    begun = 0.0 if started_at is None else (now - started_at).total_seconds()
    share = min(1.0, max(0.0, begun / ramp.seconds)) if ramp.seconds > 0 else 1.0
    start = min(ramp.calls_per_second_start, calls_per_second)
    return calls_per_second if share == 1.0 else start + (calls_per_second - start) * share
