"""What is known of a campaign's agents, and how many calls there may be for them."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import Amount, CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from domain import campaign
from domain.agents import DEFAULT_RULES, AgentPhase, AgentSource, calls_for
from domain.campaign import CampaignState, agent_rules
from domain.dialing import agents_reason


class AgentShown(Struct, frozen=True, kw_only=True):
    """One agent."""

    name: str
    state: AgentPhase


class AgentsShown(Struct, frozen=True, kw_only=True):
    """How many agents are free by what was told last, and how many calls of the campaign that lets be under way."""

    campaign_id: CampaignId
    applies: Annotated[
        bool, means("whether its calls are held to agents: its plan has `agents`, or somebody told them")
    ]
    free: Annotated[Count | None, means("null where nobody ever said")]
    agents: Annotated[Sequence[AgentShown] | None, means("null where they were not named; not for viewers")]
    source: Annotated[AgentSource | None, means("`told` by somebody, or `asked` of the plan's URL")]
    told_at: Instant | None
    known_until: Annotated[Instant | None, means("when that is too old; from then on nobody is called")]
    factor: Amount
    life_seconds: Count
    calls_max: Annotated[Count | None, means("how many calls there may be at once; null where no number is known")]
    calls_under_way: Annotated[Count, means("its calls that may be under way, as `limits.calls_at_once` counts them")]
    holds: Annotated[str | None, means("the rule that keeps it from calling now; null where none of agents does")]
    position: Position
    judged_at: Instant


async def agents_now(parts: Installation, actor: Actor, campaign_id: str) -> AgentsShown:
    """As they are known now. Raises `NotFound`."""
    await parts.fresh()
    state = campaign.existing(parts.in_flight.campaigns.get(campaign_id), campaign_id)
    now = parts.clock()
    rules, known = agent_rules(state), state.agents
    by = rules or DEFAULT_RULES
    live = parts.in_flight.attempts.slots_held(campaign_id, now)
    reason = agents_reason(state, live, now)
    return AgentsShown(
        campaign_id=campaign_id,
        applies=rules is not None,
        free=None if known is None else known.free,
        agents=_named(state, actor),
        source=None if known is None else known.source,
        told_at=None if known is None else known.told_at,
        known_until=None if known is None else known.is_known_until(by),
        factor=by.factor,
        life_seconds=by.life_seconds,
        calls_max=None if known is None else calls_for(by, known.free),
        calls_under_way=live,
        holds=None if reason is None else reason.rule,
        position=parts.in_flight.position,
        judged_at=now,
    )


def calls_live(parts: Installation, state: CampaignState, moment: Moment) -> int | None:
    """How many of its calls may be under way now, where it is held to agents; None of the past, whose number is in each attempt's verdict."""
    if moment.is_past or agent_rules(state) is None:
        return None
    return parts.in_flight.attempts.slots_held(state.campaign_id, parts.clock())


def _named(state: CampaignState, actor: Actor) -> list[AgentShown] | None:
    if state.agents is None or not state.agents.agents or not actor.sees_numbers:
        return None
    return [AgentShown(name=one.name, state=one.state) for one in state.agents.agents]
