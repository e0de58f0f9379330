"""A campaign's clock: what it has to do by now is recorded before anybody else's word on the campaign."""

from collections.abc import Mapping

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import campaign
from domain.campaign import CampaignState
from domain.identity import campaign_stream

BY_THE_CLOCK: Mapping[str, str] = {"actor": "schedule"}


def follow_clock(campaign_id: str) -> Command[list[str]]:
    """Do what is due, if anything is; the names of what was recorded."""

    def decide(tx: Transaction) -> list[str]:
        state = tx.campaign(campaign_id)
        return [] if state is None else _follow(tx, state)

    return decide


def campaign_by_now(tx: Transaction, campaign_id: str) -> CampaignState:
    """The campaign, once its clock has done what is due. Raises `NotFound`."""
    state = campaign.existing(tx.campaign(campaign_id), campaign_id)
    return campaign.existing(tx.campaign(campaign_id), campaign_id) if _follow(tx, state) else state


def _follow(tx: Transaction, state: CampaignState) -> list[str]:
    events = campaign.follow_schedule(state, tx.now)
    tx.append(campaign_stream(state.campaign_id), events, by=BY_THE_CLOCK)
    return [event.NAME for event in events]
