"""A campaign's caller numbers between two calls: whether one may be used, and whether one is to be taken out by its own breaker."""

from collections.abc import Callable, Mapping
from datetime import datetime

from domain.breaker import judge_breaker
from domain.campaign import pool_numbers
from domain.dialing import caller_reason
from projections.in_flight import InFlight

RemoveCaller = Callable[[str, str, str, Mapping[str, str]], None]


class CallerGuard:
    """Looks at what is in flight; `remove_caller` is told a campaign, a number, the share that was met, and the evidence."""

    def __init__(self, in_flight: InFlight, remove_caller: RemoveCaller, clock: Callable[[], datetime]) -> None:
        self._in_flight = in_flight
        self._remove = remove_caller
        self._clock = clock
        self._judged: dict[tuple[str, str], int] = {}

    def keeps_back(self, campaign_id: str) -> bool:
        """Whether no number of its pool may be used now; the commit itself looks again."""
        state = self._in_flight.campaigns[campaign_id]
        return caller_reason(state, self._in_flight.callers.use(campaign_id), self._clock()) is not None

    def watch(self, campaign_id: str) -> None:
        """Take out each number of a campaign whose last attempts trip its breaker."""
        plan = self._in_flight.campaigns[campaign_id].plan
        breaker = None if plan.caller_pool is None else plan.caller_pool.breaker
        if breaker is None:
            return
        for number in pool_numbers(plan):
            seen, last = self._in_flight.callers.last(campaign_id, number)
            if self._judged.get((campaign_id, number)) == seen:
                continue
            self._judged[campaign_id, number] = seen
            tripped = judge_breaker(breaker, last)
            if tripped is not None:
                self._remove(campaign_id, number, tripped.code, tripped.evidence)
