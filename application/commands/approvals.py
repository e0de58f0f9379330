"""Starts and revisions that may take a second person: each command reads, decides and appends in one commit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from adapters.documents.revision import plan_changes
from adapters.ledger import Transaction
from domain import campaign
from domain.campaign import CampaignState, Change, Operator, Proposal
from domain.identity import campaign_stream


class Waiting(Struct, frozen=True):
    """A change that waits for a second person, and the one of its kind whose place it took."""

    change: Change
    replaces: str | None


def propose_change(
    campaign_id: str, proposed: Callable[[CampaignState], Proposal], change_id: str, operator: Operator
) -> Callable[[Transaction], Waiting | None]:
    """Start or revise it, or ask for that under `change_id` where a second person has to approve it."""

    def decide(tx: Transaction) -> Waiting | None:
        before = campaign.existing(tx.campaign(campaign_id), campaign_id)
        proposal = proposed(before)
        tx.append(campaign_stream(campaign_id), campaign.propose(before, proposal, change_id, operator, tx.now))
        if not before.needs_approval or not campaign.carried_out(before, proposal):
            return None
        after = campaign.existing(tx.campaign(campaign_id), campaign_id)
        [change] = (one for one in after.pending(tx.now) if one.change == proposal.change)
        earlier = (one.change_id for one in before.pending(tx.now) if one.change == proposal.change)
        return Waiting(change, next((one for one in earlier if one != change.change_id), None))

    return decide


def approve_change(
    campaign_id: str, change_id: str, operator: Operator, reason: str | None
) -> Callable[[Transaction], Change]:
    """Let it come about, in the same commit."""

    def decide(tx: Transaction) -> Change:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        tx.append(campaign_stream(campaign_id), campaign.approve(state, change_id, operator, tx.now, reason))
        return campaign.change_of(campaign.existing(tx.campaign(campaign_id), campaign_id), change_id)

    return decide


def decline_change(campaign_id: str, change_id: str, by: str, reason: str | None) -> Callable[[Transaction], Change]:
    """Let it not come about."""

    def decide(tx: Transaction) -> Change:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        tx.append(campaign_stream(campaign_id), campaign.decline(state, change_id, by, tx.now, reason))
        return campaign.change_of(campaign.existing(tx.campaign(campaign_id), campaign_id), change_id)

    return decide


def shown_waiting(campaign_id: str, waiting: Waiting, position: int, now: datetime) -> dict[str, Any]:
    """The answer 202 to who asked for it."""
    return {
        "campaign_id": campaign_id,
        "change": shown_change(waiting.change, now, sees_numbers=True),
        "replaces": waiting.replaces,
        "position": position,
    }


def shown_change(change: Change, now: datetime, *, sees_numbers: bool) -> dict[str, Any]:
    """A change as docs/api.md describes it; viewers do not see what people wrote, and numbers masked."""
    plan = change.plan or change.plan_before
    is_ours = change.status == "superseded"
    return {
        "change_id": change.change_id,
        "change": change.change,
        "status": change.status_at(now),
        "requested_by": change.requested_by,
        "requested_at": change.requested_at,
        "expires_at": change.expires_at,
        "reason": change.reason if sees_numbers else None,
        "canary": change.canary,
        "changes": plan_changes(change.plan_before, plan, sees_numbers=sees_numbers),
        "decided_by": change.decided_by,
        "settled_at": change.settled_at,
        "why": change.why if sees_numbers or is_ours else None,
    }
