"""What running campaigns with agents or a pool of caller numbers have at present, for Prometheus: looked up when somebody asks."""

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric

from domain.agents import calls_for
from domain.caller_pool import day_of
from domain.campaign import CampaignState, agent_rules
from domain.phone_number import mask
from projections.in_flight import InFlight

CAMPAIGNS_SHOWN_MAX = 50
"""So that the number of series is bounded; the ones that began to run last."""


class CampaignFigures:
    """Labels are the campaign, and of a number its place in the pool, from 1, and the number masked."""

    def __init__(self, in_flight: InFlight, clock: Callable[[], datetime]) -> None:
        self._in_flight = in_flight
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """All of them, now."""
        running = [state for state in self._in_flight.campaigns.values() if state.phase == "running"]
        latest = sorted(running, key=lambda state: (state.running_since or state.created_at, state.campaign_id))
        yield from self._agents([state for state in latest if agent_rules(state) is not None][-CAMPAIGNS_SHOWN_MAX:])
        yield from self._callers([state for state in latest if state.had_pool][-CAMPAIGNS_SHOWN_MAX:])

    def _agents(self, campaigns: list[CampaignState]) -> Iterator[Metric]:
        free = _of_campaigns("agents_free", "Agents that are free, by the last word.")
        most = _of_campaigns(
            "agents_calls_max", "Calls that there may be at once for them; 0 once the word is too old."
        )
        live = _of_campaigns("agents_calls_under_way", "Calls of a campaign with agents that may be under way.")
        age = _of_campaigns("agents_word_age_seconds", "How old the last word on agents is.")
        now = self._clock()
        for state in campaigns:
            rules, known, labels = agent_rules(state), state.agents, (state.campaign_id,)
            live.add_metric(labels, self._in_flight.attempts.slots_held(state.campaign_id, now))
            if rules is None or known is None:
                continue
            free.add_metric(labels, known.free)
            most.add_metric(labels, calls_for(rules, known.free) if known.is_fresh_at(rules, now) else 0)
            age.add_metric(labels, max((now - known.told_at).total_seconds(), 0.0))
        yield from (free, most, live, age)

    def _callers(self, campaigns: list[CampaignState]) -> Iterator[Metric]:
        labels = ("campaign", "place", "number")
        calls = GaugeMetricFamily(
            "dialtrail_caller_calls_today", "Attempts from a number of a pool today.", labels=labels
        )
        removed = _of_campaigns("caller_numbers_removed", "Numbers that were taken out of a campaign's pool.")
        now = self._clock()
        for state in campaigns:
            removed.add_metric((state.campaign_id,), len(state.removed_callers))
            pool = state.plan.caller_pool
            if pool is None:
                continue
            today = self._in_flight.callers.use(state.campaign_id).on(day_of(pool, now))
            for place, number in enumerate(pool.numbers, start=1):
                calls.add_metric((state.campaign_id, str(place), mask(number)), today.of(number).calls)
        yield from (calls, removed)


def _of_campaigns(name: str, means: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dialtrail_{name}", means, labels=("campaign",))
