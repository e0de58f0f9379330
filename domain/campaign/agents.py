"""What a campaign knows of its agents: told, by whom, and when."""

from datetime import datetime

from domain.agents import DEFAULT_RULES, Agent, AgentRules, AgentSource
from domain.campaign.events import AgentsTold, CampaignEvent
from domain.campaign.state import CampaignState
from domain.errors import Conflict


def agent_rules(state: CampaignState) -> AgentRules | None:
    """What its calls are held to: its plan's, or the ordinary ones once anybody told it of agents; None where nothing is."""
    return state.plan.agent_rules or (None if state.agents is None else DEFAULT_RULES)


def tell_agents(
    state: CampaignState, free: int, agents: tuple[Agent, ...], source: AgentSource, now: datetime
) -> list[CampaignEvent]:
    """Know how many agents are free; nothing where that was known just before."""
    if state.is_over:
        raise Conflict(f"campaign {state.campaign_id} is {state.phase}; it calls nobody any more")
    known, rules = state.agents, agent_rules(state) or DEFAULT_RULES
    if known is not None and not known.says_new(free, agents, source, rules, now):
        return []
    return [AgentsTold(free=free, source=source, agents=agents)]
