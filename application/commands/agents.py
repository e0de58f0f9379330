"""Agents: told to a campaign, and looked at in the commit that begins an attempt, by all that is recorded up to that very commit."""

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import campaign, recipient
from domain.agents import Agent, AgentSource
from domain.dialing import Verdict, with_agents
from domain.errors import Conflict
from domain.identity import campaign_stream

EVENTS_SINCE_MAX = 2_000


class SeenSlots(Struct, frozen=True):
    """How many of a campaign's calls may be under way, by all that was recorded up to a position."""

    position: int = 0
    held: int = 0


NO_SLOTS_SEEN = SeenSlots()


class AgentsTaken(Struct, frozen=True):
    """What is known of a campaign's agents after they were told; `is_new` where that was recorded."""

    state: campaign.CampaignState
    is_new: bool


def tell_agents(campaign_id: str, free: int, agents: tuple[Agent, ...], source: AgentSource) -> Command[AgentsTaken]:
    """Know how many of a campaign's agents are free."""

    def decide(tx: Transaction) -> AgentsTaken:
        before = campaign.existing(tx.campaign(campaign_id), campaign_id)
        events = campaign.tell_agents(before, free, agents, source, tx.now)
        tx.append(campaign_stream(campaign_id), events)
        return AgentsTaken(campaign.existing(tx.campaign(campaign_id), campaign_id), bool(events))

    return decide


def take_answer(campaign_id: str, url: str, free: int, agents: tuple[Agent, ...]) -> Command[AgentsTaken | None]:
    """Know what the system at `url` answered; None where the campaign does not run, or does not ask there any more."""

    def decide(tx: Transaction) -> AgentsTaken | None:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        if state.phase != "running" or state.asks_agents_at != url:
            return None
        return tell_agents(campaign_id, free, agents, "asked")(tx)

    return decide


def held_to_agents(tx: Transaction, verdict: Verdict, state: campaign.CampaignState, seen: SeenSlots) -> Verdict:
    """A verdict by what is known of agents. Raises `Conflict` where too much is new to look at.

    What has begun since counts, also by earlier commands of the same commit; what has ended since does not yet.
    """
    if campaign.agent_rules(state) is None or not verdict.may_dial:
        return verdict
    since = tx.events_since(seen.position, EVENTS_SINCE_MAX)
    if since is None:
        raise Conflict(f"more than {EVENTS_SINCE_MAX} events are newer than what is known of the calls under way")
    begun = sum(
        isinstance(event, recipient.AttemptStarted) and event.campaign_id == state.campaign_id for event in since
    )
    return with_agents(verdict, state, seen.held + begun)
