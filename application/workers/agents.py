"""Asks users' own systems how many agents are free, while campaigns run whose plans name a URL for it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from msgspec import Struct

from adapters.agents_client import AgentsClient, AgentsUnanswered
from adapters.ledger import Ledger
from adapters.targets import TargetRefused, read_target
from application.commands.agents import take_answer
from application.workers.periodic import PeriodicWorker
from domain.agents import DEFAULT_RULES
from projections.follow import Follower, said_of
from projections.in_flight import InFlight

TICK_SECONDS = 0.2
ASKS_IN_A_LIFE = 3
BETWEEN_SECONDS_MIN = 1.0
BETWEEN_FAILURES_SECONDS_MAX = 30.0
DOUBLINGS_MAX = 10
ASKED_AT_ONCE_MAX = 60
ONE_SYSTEM_AT_ONCE_MAX = 6
"""A system that many campaigns ask, and that is slow, leaves room for the others."""
ACTOR = {"actor": "agents"}
AskResult = Literal["told", "failed"]

log = structlog.get_logger("dialtrail.agents")


class AgentsTrouble(Struct, frozen=True):
    """A system that gives no answer that can be used: since when (UTC), how often in a row, and why the last time."""

    host: str
    since: datetime
    times: int
    why: str


class _Asking:
    """What one campaign asks of one URL; instants are monotonic."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = _host(url)
        self.due = 0.0
        self.is_under_way = False
        self.trouble: AgentsTrouble | None = None


class AgentsWatch(PeriodicWorker):
    """One per installation, beside the dialer. `run` until `stop`, which closes the client. `observe` is told each result.

    A campaign is asked about again after a third of what an answer's life is, and after waits that grow where no answer came;
    at most once a second, and never twice at once. What is known meanwhile comes into years, and holds the campaign.
    """

    part = None

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        client: AgentsClient,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        observe: Callable[[AskResult], None],
    ) -> None:
        super().__init__(
            follower, TICK_SECONDS, refused="agents could not be asked for", mistaken="agents could not be asked for"
        )
        self._ledger = ledger
        self._in_flight = in_flight
        self._client = client
        self._clock = clock
        self._monotonic = monotonic
        self._observe = observe
        self._asked: dict[str, _Asking] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def trouble_of(self, campaign_id: str) -> AgentsTrouble | None:
        """What is wrong with the system that a campaign asks; None where nothing is, or nothing is known."""
        asking = self._asked.get(campaign_id)
        return None if asking is None else asking.trouble

    async def tick(self) -> None:
        """Begin what is due, as far as there is room, the longest due first; nothing is waited for."""
        now = self._monotonic()
        self._follow_plans()
        under_way = Counter(asking.host for asking in self._asked.values() if asking.is_under_way)
        for campaign_id in sorted(self._asked, key=lambda name: self._asked[name].due):
            asking = self._asked[campaign_id]
            if asking.due > now or len(self._tasks) >= ASKED_AT_ONCE_MAX:
                return
            if asking.is_under_way or under_way[asking.host] >= ONE_SYSTEM_AT_ONCE_MAX or not self._runs(campaign_id):
                continue
            under_way[asking.host] += 1
            asking.is_under_way = True
            task = asyncio.create_task(self._ask(campaign_id, asking))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Return once nothing that was begun is under way."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Ask nothing more, and drop what is under way."""
        await super().stop()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def _runs(self, campaign_id: str) -> bool:
        return self._in_flight.campaigns[campaign_id].phase == "running"

    def _follow_plans(self) -> None:
        """Know whom to ask by the plans that hold now; a URL that is new is asked at once."""
        wanted = {
            campaign_id: state.asks_agents_at
            for campaign_id, state in self._in_flight.campaigns.items()
            if state.asks_agents_at is not None and not state.is_over
        }
        kept = {name: asking for name, asking in self._asked.items() if wanted.get(name) == asking.url}
        new = {name: _Asking(url) for name, url in wanted.items() if name not in kept}
        self._asked = kept | new

    async def _ask(self, campaign_id: str, asking: _Asking) -> None:
        began, seconds = self._monotonic(), self._seconds_between(campaign_id)
        try:
            said = await self._client.ask(asking.url, seconds)
            decide = take_answer(campaign_id, asking.url, said.free, said.agents)
            await self._ledger.execute(decide, lane="commands", metadata=ACTOR)
        except AgentsUnanswered as error:
            self._failed(campaign_id, asking, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next try has to wait as after any other
            self._failed(campaign_id, asking, f"what it said could not be recorded: {said_of(error)}")
        else:
            asking.due = began + seconds
            if asking.trouble is not None:
                log.info("agents are told again", campaign_id=campaign_id, host=asking.host)
            asking.trouble = None
            self._observe("told")
        finally:
            asking.is_under_way = False

    def _failed(self, campaign_id: str, asking: _Asking, why: str) -> None:
        known = asking.trouble
        times = 1 if known is None else known.times + 1
        since = self._clock() if known is None else known.since
        asking.trouble = AgentsTrouble(asking.host, since, times, why)
        waits = min(BETWEEN_SECONDS_MIN * 2 ** min(times - 1, DOUBLINGS_MAX), BETWEEN_FAILURES_SECONDS_MAX)
        asking.due = self._monotonic() + waits
        self._observe("failed")
        log.warning("agents are not told", campaign_id=campaign_id, host=asking.host, why=why, next_try_seconds=waits)

    def _seconds_between(self, campaign_id: str) -> float:
        state = self._in_flight.campaigns.get(campaign_id)
        rules = DEFAULT_RULES if state is None else state.plan.agent_rules or DEFAULT_RULES
        return max(rules.life_seconds / ASKS_IN_A_LIFE, BETWEEN_SECONDS_MIN)


def _host(url: str) -> str:
    try:
        return read_target(url).authority
    except TargetRefused:  # by an older Dialtrail it was not
        return "the URL in its plan"
