"""What a campaign knows of its agents."""

from datetime import timedelta

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from domain.agents import Agent, AgentRules, AgentsKnown, calls_for
from domain.campaign import (
    AgentsTold,
    CampaignCanceled,
    CampaignRevised,
    CampaignState,
    agent_rules,
    evolve,
    tell_agents,
)
from domain.errors import Conflict
from tests.domain.given import NINE, campaign_after

RULES = AgentRules(life_seconds=40)
ADA = Agent(name="ada", state="free")


def told(state: CampaignState, free: int, seconds: float = 0, agents: tuple[Agent, ...] = ()) -> CampaignState:
    at = NINE + timedelta(seconds=seconds)
    for event in tell_agents(state, free, agents, "told", at):
        state = _after(state, event, at)
    return state


def _after(state: CampaignState, event: object, at: object = NINE) -> CampaignState:
    after = evolve(state, event, at)  # type: ignore[arg-type]
    assert after is not None
    return after


def given(rules: AgentRules | None = RULES) -> CampaignState:
    state = campaign_after()
    return replace(state, plan=replace(state.plan, agents=rules or UNSET))


@pytest.mark.parametrize(
    ("factor", "free", "most"),
    [(1.0, 3, 3), (0.5, 3, 1), (0.29, 100, 29), (1.1, 100, 110), (0.1, 9, 0), (2.0, 0, 0), (0.7, 10, 7)],
)
def test_a_fraction_of_a_call_is_none(factor: float, free: int, most: int) -> None:
    assert calls_for(AgentRules(factor=factor, why="meant"), free) == most


def test_what_is_told_is_known_with_its_time_and_its_names() -> None:
    state = told(given(), 1, 5, (ADA,))

    assert state.agents == AgentsKnown(free=1, told_at=NINE + timedelta(seconds=5), source="told", agents=(ADA,))


def test_the_same_again_is_recorded_at_most_four_times_in_a_life() -> None:
    state, events = given(), 0
    for second in range(40):
        new = tell_agents(state, 3, (), "told", NINE + timedelta(seconds=second))
        events += len(new)
        state = told(state, 3, second)
    assert events == 4


@pytest.mark.parametrize(("free", "agents"), [(2, ()), (3, (ADA,)), (0, ())])
def test_what_is_another_word_is_recorded_at_once(free: int, agents: tuple[Agent, ...]) -> None:
    assert tell_agents(told(given(), 3), free, agents, "told", NINE) == [
        AgentsTold(free=free, source="told", agents=agents)
    ]


def test_a_clock_that_was_set_back_does_not_keep_a_word_from_being_recorded() -> None:
    assert tell_agents(told(given(), 3, 20), 3, (), "told", NINE)


def test_a_campaign_without_the_setting_is_held_to_agents_once_they_are_told() -> None:
    assert agent_rules(given(None)) is None
    assert agent_rules(told(given(None), 3)) == AgentRules()


def test_a_revision_keeps_what_is_known_and_one_that_takes_agents_out_forgets_it() -> None:
    state = told(given(), 3)
    kept = _after(state, CampaignRevised(plan=replace(state.plan, agents=AgentRules(factor=0.5))))
    out = _after(state, CampaignRevised(plan=replace(state.plan, agents=UNSET)))
    assert (kept.agents, out.agents, agent_rules(out)) == (state.agents, None, None)

    only_told = told(given(None), 3)
    revised = _after(only_told, CampaignRevised(plan=replace(only_told.plan, record=True)))
    assert revised.agents == only_told.agents


def test_one_that_is_over_takes_no_word_any_more() -> None:
    with pytest.raises(Conflict, match="is canceled; it calls nobody any more"):
        tell_agents(_after(given(), CampaignCanceled()), 3, (), "told", NINE)
