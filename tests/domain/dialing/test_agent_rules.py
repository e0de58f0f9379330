"""The rules on agents, by what was told and how many calls are under way."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.agents import AgentRules, AgentsKnown, AgentsSeen
from domain.campaign import CampaignState
from domain.dialing import Verdict, agents_looked_at, agents_reason, with_agents
from tests.domain.given import NINE, campaign_after


def state(free: int | None, age_seconds: float = 0, rules: AgentRules | None = None) -> CampaignState:
    one = campaign_after()
    told = NINE - timedelta(seconds=age_seconds)
    known = None if free is None else AgentsKnown(free=free, told_at=told, source="told")
    return replace(one, plan=replace(one.plan, agents=rules or AgentRules()), agents=known)


VERDICT = Verdict(judged_at=NINE, attempts_counted=0, attempts_max=1)


def test_nothing_known_and_what_is_too_old_hold_the_campaign() -> None:
    never, old = agents_reason(state(None), 0, NINE), agents_reason(state(3, 30), 0, NINE)
    assert never is not None
    assert old is not None
    assert (never.rule, never.scope, never.inputs) == (
        "agents_unknown",
        "campaign",
        {"told_at": None, "life_seconds": 30},
    )
    assert old.rule == "agents_unknown"
    assert agents_reason(state(3, 29.999), 0, NINE) is None


def test_as_many_calls_as_there_are_free_agents_and_no_more() -> None:
    reason = agents_reason(state(3, rules=AgentRules(factor=0.7)), 2, NINE)
    assert reason is not None
    assert (reason.rule, reason.scope) == ("agents_busy", "campaign")
    assert reason.inputs == {"live": 2, "free": 3, "factor": "0.7", "most": 2}
    assert agents_reason(state(3, rules=AgentRules(factor=0.7)), 1, NINE) is None


def test_no_agent_is_free_and_so_nobody_is_called() -> None:
    reason = agents_reason(state(0), 0, NINE)
    assert reason is not None
    assert reason.rule == "agents_busy"


def test_a_verdict_says_what_it_was_begun_by() -> None:
    assert with_agents(VERDICT, state(3), 2).agents == AgentsSeen(live=2, most=3, free=3, told_at=NINE)
    assert with_agents(VERDICT, campaign_after(), 99) == VERDICT


def test_the_later_of_both_clocks_counts() -> None:
    late = replace(VERDICT, ledger_at=NINE + timedelta(seconds=4))
    assert [one.rule for one in with_agents(late, state(3, 28), 0).reasons] == ["agents_unknown"]
    assert with_agents(VERDICT, state(3, 28), 0).may_dial


def test_where_calls_are_not_known_only_the_age_counts() -> None:
    assert with_agents(VERDICT, state(0), None) == VERDICT
    assert agents_looked_at(state(4), 1)["agents_busy"] == {"live": 1, "free": 4, "factor": "1", "most": 4}
    assert agents_looked_at(campaign_after(), None) == {
        "agents_unknown": {"told_at": None},
        "agents_busy": {"free": None},
    }


@given(free=st.integers(0, 50), live=st.integers(0, 60), factor=st.floats(0.01, 1), age=st.floats(0, 60))
def test_with_a_factor_of_at_most_one_there_are_never_more_calls_than_agents(
    free: int, live: int, factor: float, age: float
) -> None:
    known = state(free, age, AgentRules(factor=factor))
    if with_agents(VERDICT, known, live).may_dial:
        assert live + 1 <= free
        assert age < 30
