"""A campaign's agents between two calls: whether there may be one more, so that no commit is spent on what would say no."""

from collections.abc import Callable
from datetime import datetime

from domain.dialing import agents_reason
from projections.in_flight import InFlight


class AgentGuard:
    """Looks at what is in flight; the commit itself looks again."""

    def __init__(self, in_flight: InFlight, clock: Callable[[], datetime]) -> None:
        self._in_flight = in_flight
        self._clock = clock

    def keeps_back(self, campaign_id: str, starting: int) -> bool:
        """Whether a campaign that is `starting` so many attempts may have no more calls now."""
        now = self._clock()
        live = self._in_flight.attempts.slots_held(campaign_id, now) + starting
        return agents_reason(self._in_flight.campaigns[campaign_id], live, now) is not None
