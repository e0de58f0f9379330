"""The people whom calls are handed to: how many calls there may be at once for those who are free, and how long that is believed."""

from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal, get_args

from msgspec import Struct

AgentPhase = Literal["free", "busy", "away"]
AGENT_PHASES: tuple[AgentPhase, ...] = get_args(AgentPhase)
AgentSource = Literal["told", "asked"]
FACTOR_DEFAULT = 1.0
LIFE_SECONDS_DEFAULT = 30
AGAIN_IN_A_LIFE = 4
"""What is told once more unchanged is recorded anew at most so often within its life."""


class AgentRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For each free agent there may be `factor` calls at once; `why` says why more than one. What is known is believed for `life_seconds`.

    At `url`, where there is one, it is asked how many are free.
    """

    factor: float = FACTOR_DEFAULT
    why: str | None = None
    life_seconds: int = LIFE_SECONDS_DEFAULT
    url: str | None = None


DEFAULT_RULES = AgentRules()


class Agent(Struct, frozen=True, kw_only=True):
    """One of them, by whatever name."""

    name: str
    state: AgentPhase


class AgentsKnown(Struct, frozen=True, kw_only=True):
    """How many are free, who said so and when; `agents` where they were named."""

    free: int
    told_at: datetime
    source: AgentSource
    agents: tuple[Agent, ...] = ()

    def is_known_until(self, rules: AgentRules) -> datetime:
        """Until when this is believed."""
        return self.told_at + timedelta(seconds=rules.life_seconds)

    def is_fresh_at(self, rules: AgentRules, now: datetime) -> bool:
        """Whether this is still believed at `now`."""
        return now < self.is_known_until(rules)

    def says_new(
        self, free: int, agents: tuple[Agent, ...], source: AgentSource, rules: AgentRules, now: datetime
    ) -> bool:
        """Whether another word has to be recorded: it says something else, or this one has come into years."""
        if (free, agents, source) != (self.free, self.agents, self.source):
            return True
        return not timedelta() <= now - self.told_at < timedelta(seconds=rules.life_seconds / AGAIN_IN_A_LIFE)


class AgentsSeen(Struct, frozen=True, kw_only=True):
    """What an attempt was begun by: so many calls of the campaign were under way before it, of `most` for so many free agents."""

    live: int
    most: int
    free: int
    told_at: datetime


def calls_for(rules: AgentRules, free: int) -> int:
    """How many calls there may be at once for so many free agents; a fraction of one is none."""
    return int((Decimal(str(rules.factor)) * free).to_integral_value(ROUND_FLOOR))
