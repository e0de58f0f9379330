"""A campaign started as people start it: a change that is proposed, and needs nobody else."""

from application.commands.campaigns import WaitingChange, propose_change
from application.commands.command import Command
from domain.campaign import Operator, Proposal


def start_campaign(campaign_id: str, canary: int | None = None) -> Command[WaitingChange | None]:
    return propose_change(campaign_id, Proposal(change="start", canary=canary), "start", Operator(None))
