"""Agents as people and programs write them: what a campaign says of them, and who is free now."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from adapters.documents.input import StrictInput, parse_json, validated
from adapters.documents.lookup import URL_FORM
from adapters.documents.texts import WHOLE
from adapters.targets import URL_CHARS_MAX, TargetRefused, read_target
from domain.agents import FACTOR_DEFAULT, LIFE_SECONDS_DEFAULT, Agent, AgentPhase, AgentRules
from domain.campaign import Plan

FACTOR_MAX = 10.0
LIFE_SECONDS_MIN = 2
LIFE_SECONDS_MAX = 86_400
FREE_MAX = 100_000
AGENTS_MAX = 1_000
NAME_CHARS_MAX = 100
WHY_CHARS_MAX = 1_000
NEITHER = 'is empty; write {"free": 3}, or {"agents": [{"name": "ada", "state": "free"}]}'
BOTH = "has both free and agents; write one, for those with the state free are counted"


class AgentRulesInput(StrictInput):
    """`agents` of a campaign: no more calls at once than there are for the people who are free to take them."""

    factor: float = Field(
        default=FACTOR_DEFAULT,
        gt=0,
        le=FACTOR_MAX,
        allow_inf_nan=False,
        description="how many calls there may be at once for each free agent; above 1 somebody may find nobody, so that takes a why",
    )
    why: str | None = Field(default=None, min_length=1, max_length=WHY_CHARS_MAX, description="why more than one")
    life_seconds: Annotated[int, Field(ge=LIFE_SECONDS_MIN, le=LIFE_SECONDS_MAX), WHOLE] = Field(
        default=LIFE_SECONDS_DEFAULT,
        description="how long what is known of agents is believed; after that nobody is called",
    )
    url: str | None = Field(
        default=None,
        max_length=URL_CHARS_MAX,
        json_schema_extra={**URL_FORM, "description": "asked by GET while the campaign runs"},
    )

    @field_validator("url")
    @classmethod
    def _target(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                read_target(value)
        except TargetRefused as error:
            raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _says_why(self) -> "AgentRulesInput":
        if self.factor > 1 and not (self.why or "").strip():
            raise ValueError(
                "has a factor above 1, by which some who answer find no agent; say in why that this is meant, or make it at most 1"
            )
        return self

    def rules(self) -> AgentRules:
        """What a plan keeps."""
        return AgentRules(factor=self.factor, why=self.why, life_seconds=self.life_seconds, url=self.url)


class AgentInput(StrictInput):
    """One agent."""

    name: str = Field(min_length=1, max_length=NAME_CHARS_MAX)
    state: AgentPhase


class AgentsInput(StrictInput):
    """The body of PUT /v1/campaigns/{id}/agents: a number, or all of them by name."""

    free: Annotated[int, Field(ge=0, le=FREE_MAX), WHOLE] | None = None
    agents: Annotated[list[AgentInput], Field(max_length=AGENTS_MAX)] | None = None

    @model_validator(mode="after")
    def _says_one(self) -> "AgentsInput":
        if self.free is None and self.agents is None:
            raise ValueError(NEITHER)
        if self.free is not None and self.agents is not None:
            raise ValueError(BOTH)
        names = [one.name for one in self.agents or ()]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"names {twice} more than once; write each agent once")
        return self


def parse_agents(body: bytes) -> tuple[int, tuple[Agent, ...]]:
    """How many are free, and all who were named. Raises `InvalidInput`."""
    read = validated(AgentsInput, parse_json(body), "agents")
    agents = tuple(Agent(name=one.name, state=one.state) for one in read.agents or ())
    return sum(one.state == "free" for one in agents) if read.free is None else read.free, agents


def shown_agent_rules(plan: Plan, *, sees_all: bool = True) -> dict[str, Any] | None:
    """`agents` of a plan as it is written; to viewers only that there is a URL, whose path may hold a secret."""
    rules = plan.agent_rules
    if rules is None:
        return None
    given = {"factor": rules.factor, "why": rules.why, "life_seconds": rules.life_seconds, "url": rules.url}
    if rules.url is not None and not sees_all:
        target = read_target(rules.url)
        given["url"] = f"{target.scheme}://{target.authority}/…"
    return {name: value for name, value in given.items() if value is not None}
