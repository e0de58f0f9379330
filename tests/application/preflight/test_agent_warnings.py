"""What a preflight says where calls are handed to people, or people wait for calls that are handed to nobody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from application.preflight.agent_warnings import agent_warnings, free_agent_warnings
from domain.agents import AgentRules, AgentsKnown
from domain.campaign import CampaignState, Phase
from tests.domain.given import NINE, campaign_after


def state(script: Mapping[str, Any] | None, agents: AgentRules | None) -> CampaignState:
    one = campaign_after()
    return replace(one, plan=replace(one.plan, script=script, agents=agents or UNSET))


def ending_by(**exits: Any) -> Mapping[str, Any]:
    return {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], **exits}}}


HANDS_OVER = [
    ending_by(transfer={"destination": "+15551230009"}),
    ending_by(bridge={"destination": "+15551230009"}),
    ending_by(conference={"room": "sales"}),
]
SAYS_ONLY = ending_by(end=True)


@pytest.mark.parametrize("script", HANDS_OVER)
def test_a_script_that_hands_calls_over_without_agents_is_warned_of(script: Mapping[str, Any]) -> None:
    assert [name for name, _ in agent_warnings(state(script, None))] == ["no_agents"]
    assert list(agent_warnings(state(script, AgentRules()))) == []
    told = replace(state(script, None), agents=AgentsKnown(free=1, told_at=NINE, source="told"))
    assert list(agent_warnings(told)) == []


def test_agents_to_whom_nothing_is_handed_are_warned_of() -> None:
    assert [name for name, _ in agent_warnings(state(SAYS_ONLY, AgentRules()))] == ["no_transfer"]
    assert list(agent_warnings(state(SAYS_ONLY, None))) == []


@pytest.mark.parametrize("script", [None, {"steps": "?"}])
def test_nothing_is_said_of_what_is_not_known_or_over(script: Mapping[str, Any] | None) -> None:
    assert list(agent_warnings(state(script, AgentRules()))) == []
    over = replace(state(HANDS_OVER[0], None), phase="canceled")
    assert list(agent_warnings(over)) == []


ASKED = AgentRules(url="https://pbx.example.org/free")


@pytest.mark.parametrize(
    ("rules", "free", "age_seconds", "phase", "said"),
    [
        (AgentRules(), None, 0, "created", "nobody has said how many agents are free"),
        (AgentRules(), 3, 30, "created", "is older than the 30 s for which it is believed"),
        (AgentRules(life_seconds=40), 3, 39, "running", None),
        (AgentRules(), 0, 0, "running", "0 agents are free, which lets no call be"),
        (AgentRules(factor=0.5), 1, 0, "paused", "1 agent is free, times a factor of 0.5, which lets no call be"),
        (ASKED, None, 0, "created", None),
        (ASKED, 3, 90, "running", "is older than the 30 s"),
        (AgentRules(), None, 0, "canceled", None),
        (None, None, 0, "created", None),
    ],
)
def test_who_is_free_now_is_looked_at_as_the_dialer_would(
    rules: AgentRules | None, free: int | None, age_seconds: int, phase: Phase, said: str | None
) -> None:
    known = AgentsKnown(free=free or 0, told_at=NINE - timedelta(seconds=age_seconds), source="told")
    one = replace(state(None, rules), phase=phase, agents=None if free is None else known)
    found = [says for _, says in free_agent_warnings(one, NINE)]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]
