"""The rules on agents: never more calls at once than there are for those who are free, and none where that is not known."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from domain.agents import AgentsSeen, calls_for
from domain.campaign import CampaignState, agent_rules
from domain.dialing.verdict import Reason, Verdict

UNKNOWN, BUSY = "agents_unknown", "agents_busy"
Inputs = Mapping[str, str | int | bool | None]


def agents_reason(campaign: CampaignState, live: int | None, now: datetime) -> Reason | None:
    """Why no call may be added at `now` to the `live` ones of a campaign (None: not known how many); None where one may, or no rule says so."""
    rules, known = agent_rules(campaign), campaign.agents
    if rules is None:
        return None
    if known is None or not known.is_fresh_at(rules, now):
        return Reason(rule=UNKNOWN, scope="campaign", inputs=_knowledge(campaign))
    if live is None or live < calls_for(rules, known.free):
        return None
    return Reason(rule=BUSY, scope="campaign", inputs=_figures(campaign, live))


def with_agents(verdict: Verdict, campaign: CampaignState, live: int | None) -> Verdict:
    """A verdict with what is known of agents, or why that keeps the campaign from calling; by the later of both clocks."""
    rules, known = agent_rules(campaign), campaign.agents
    if rules is None:
        return verdict
    reason = agents_reason(campaign, live, max(verdict.judged_at, verdict.ledger_at or verdict.judged_at))
    if reason is not None:
        return replace(verdict, reasons=(*verdict.reasons, reason))
    if known is None or live is None:
        return verdict
    seen = AgentsSeen(live=live, most=calls_for(rules, known.free), free=known.free, told_at=known.told_at)
    return replace(verdict, agents=seen)


def agents_looked_at(campaign: CampaignState, live: int | None) -> Mapping[str, Inputs]:
    """What the rules on agents go by where they say nothing."""
    if agent_rules(campaign) is None or campaign.agents is None:
        return {UNKNOWN: {"told_at": None}, BUSY: {"free": None}}
    return {UNKNOWN: _knowledge(campaign), BUSY: _figures(campaign, live)}


def _knowledge(campaign: CampaignState) -> Inputs:
    rules, known = agent_rules(campaign), campaign.agents
    return {
        "told_at": None if known is None else known.told_at.isoformat(),
        "life_seconds": None if rules is None else rules.life_seconds,
    }


def _figures(campaign: CampaignState, live: int | None) -> Inputs:
    rules, known = agent_rules(campaign), campaign.agents
    if rules is None or known is None:
        return {"free": None}
    return {"live": live, "free": known.free, "factor": f"{rules.factor:g}", "most": calls_for(rules, known.free)}
