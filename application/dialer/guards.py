"""What a campaign's own policy says beside the verdict on a person: its budget, its breaker, and which pause may be tried."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta

from application.dialer.agent_guard import AgentGuard
from application.dialer.caller_guard import CallerGuard, RemoveCaller
from domain import breaker, budget
from domain.breaker import judge_breaker
from domain.budget import BudgetWaiting, Reached, Spent, judge_budget, window_of
from domain.policy import NO_POLICY, Policy
from domain.probe import probe_due
from projections.in_flight import InFlight

BREAKER_LOOK_SECONDS = 0.1

Pause = Callable[[str, str, str, Mapping[str, str], str | None], None]
ToldAt = Callable[[str], datetime | None]


class Guards:
    """Looks at what is in flight.

    `pause` is told a campaign, the cause, the limit that was met, the evidence, and the stream of whom it is kept from
    calling; `remove_caller` a campaign, the number of its pool, the share that was met and the evidence; `told_at` says when MiniVoice last said what was spent since a campaign began.
    """

    def __init__(
        self,
        in_flight: InFlight,
        pause: Pause,
        remove_caller: RemoveCaller,
        told_at: ToldAt,
        clock: Callable[[], datetime],
    ) -> None:
        self._in_flight = in_flight
        self._pause = pause
        self._told_at = told_at
        self._clock = clock
        self._settled_judged: dict[str, int] = {}
        self._breakers_due = 0.0
        self.is_probing = False
        self._agents = AgentGuard(in_flight, clock)
        self._callers = CallerGuard(in_flight, remove_caller, clock)

    def keeps_back(self, campaign_id: str, starting: int) -> bool:
        """Whether its agents, its caller numbers or the budget keep a campaign from calling anybody, while it is `starting` so many attempts."""
        return (
            self._lacks_agents_or_numbers(campaign_id, starting)
            or self._judge_budget(campaign_id, starting) is not None
        )

    def pause_at_the_budget(self, campaign_id: str, stream: str, starting: int) -> None:
        """Pause a campaign whose budget is reached, where nothing else keeps it from calling this person."""
        if self._lacks_agents_or_numbers(campaign_id, starting):
            return
        found = self._judge_budget(campaign_id, starting)
        if isinstance(found, Reached):
            self._pause(campaign_id, budget.CAUSE, found.code, found.evidence, stream)

    def watch(self, running: Collection[str], now: float) -> None:
        """Pause each running campaign whose last attempts trip its breaker, or take the number out of whose they are; `now` is monotonic."""
        if now < self._breakers_due:
            return
        self._breakers_due = now + BREAKER_LOOK_SECONDS
        for campaign_id in running:
            self._callers.watch(campaign_id)
            limits = self._policy(campaign_id).breaker
            if limits is None:
                continue
            seen, last = self._in_flight.settled.last(campaign_id)
            if self._settled_judged.get(campaign_id) == seen:
                continue
            self._settled_judged[campaign_id] = seen
            tripped = judge_breaker(limits, tuple(last))
            if tripped is not None:
                self._pause(campaign_id, breaker.CAUSE, tripped.code, tripped.evidence, None)

    def probes(self) -> Iterator[tuple[datetime, str]]:
        """When (UTC) which campaign may try a pause of the provider by one single call; none while one is under way."""
        if self.is_probing:
            return
        account_pause = self._in_flight.account.pause
        for campaign_id, state in self._in_flight.campaigns.items():
            is_kept_still = state.phase == "running" if account_pause is not None else state.phase == "paused"
            if is_kept_still:
                due = probe_due(self._policy(campaign_id).probe, account_pause or state.pause)
                if due is not None:
                    yield due, campaign_id

    def _lacks_agents_or_numbers(self, campaign_id: str, starting: int) -> bool:
        return self._agents.keeps_back(campaign_id, starting) or self._callers.keeps_back(campaign_id)

    def _policy(self, campaign_id: str) -> Policy:
        return self._in_flight.campaigns[campaign_id].plan.policy or NO_POLICY

    def _judge_budget(self, campaign_id: str, starting: int) -> Reached | BudgetWaiting | None:
        limits, state = self._policy(campaign_id).budget, self._in_flight.campaigns[campaign_id]
        if limits is None:
            return None
        begun, told_at = state.started_at, self._told_at(campaign_id)
        spent = Spent(
            calls=self._in_flight.counts.calls_placed(campaign_id),
            under_way=self._in_flight.attempts.started_in(campaign_id) + starting,
            cost=None if begun is None else self._in_flight.account.costs.get(window_of(begun)),
            told=timedelta() if told_at is None else self._clock() - told_at,
        )
        return judge_budget(limits, spent, begun)
