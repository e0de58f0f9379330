"""Campaigns: made, started, paused, resumed, ended and changed; each command reads, decides and appends in one commit."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from adapters.documents.revision import Revision, plan_changes
from adapters.ledger.transaction import Transaction
from application.commands.account import carry_pause
from application.commands.command import Command
from application.commands.schedules import campaign_by_now
from domain import account, campaign, events
from domain.campaign import CampaignChange, CampaignState, Operator, Plan, Proposal
from domain.counted import counted
from domain.dial_outcome import Refused
from domain.dialing import Verdict
from domain.events import Event
from domain.identity import account_stream, campaign_stream
from domain.probe import PROVIDER

EVENTS_SINCE_MAX = 1_000


class WaitingChange(Struct, frozen=True):
    """A change that waits for a second person, and the one of its kind whose place it took."""

    change: CampaignChange
    replaces: str | None


class Revised(Struct, frozen=True):
    """What a revision changes, and the change that waits where a second person has to approve it."""

    changes: list[dict[str, Any]]
    waiting: WaitingChange | None


def create_campaign(campaign_id: str, plan: Plan) -> Command[bool]:
    """Create it; whether it is new."""

    def decide(tx: Transaction) -> bool:
        events = campaign.create(tx.campaign(campaign_id), campaign_id, plan)
        tx.append(campaign_stream(campaign_id), events)
        return bool(events)

    return decide


def pause_campaign(campaign_id: str) -> Command[list[str]]:
    """Stop it between two calls."""
    return _change(campaign_id, lambda state: campaign.pause(state, "operator"))


def cancel_campaign(campaign_id: str) -> Command[list[str]]:
    """End it for good."""
    return _change(campaign_id, campaign.cancel)


def resume_campaign(campaign_id: str, fingerprint: str | None) -> Command[list[str]]:
    """Let it dial again; lift a pause of the account and the holds on destinations, which is said in the notes."""

    def decide(tx: Transaction) -> list[str]:
        state = campaign_by_now(tx, campaign_id)
        notes: list[str] = []
        if fingerprint is not None:
            carry_pause(tx, fingerprint)
            known = tx.account(fingerprint)
            if known.pause is not None:
                tx.append(account_stream(fingerprint), account.resume(known, f"campaign {campaign_id} was resumed"))
                why = known.pause.code or known.pause.cause
                notes.append(f"the account's pause ({why}) was lifted: every running campaign on it dials again")
            for prefix in known.held_prefixes:
                reason = f"campaign {campaign_id} was resumed"
                tx.append(account_stream(fingerprint), account.release_destination(known, prefix, reason))
            if known.held_prefixes:
                notes.append(
                    f"{counted(len(known.held_prefixes), 'held destination is', 'held destinations are')} tried again"
                )
        if state.phase == "paused" and state.pause is not None and state.pause.cause == campaign.CANARY:
            notes.append(
                f"the canary's {counted(state.canary or 0, 'call was', 'calls were')} looked at: all others are called from now on"
            )
        tx.append(campaign_stream(campaign_id), campaign.resume(state))
        return notes

    return decide


def _change(campaign_id: str, decision: Callable[[CampaignState], list[campaign.CampaignEvent]]) -> Command[list[str]]:
    def decide(tx: Transaction) -> list[str]:
        state = campaign_by_now(tx, campaign_id)
        tx.append(campaign_stream(campaign_id), decision(state))
        return []

    return decide


def pause_by_provider(campaign_id: str, refused: Refused) -> Command[None]:
    """Pause a campaign on the provider's word; one that does not run stays as it is."""

    def decide(tx: Transaction) -> None:
        state = tx.campaign(campaign_id)
        if state is not None and state.phase == "running":
            events = campaign.pause(state, PROVIDER, status=refused.status, code=refused.code, body=refused.body)
            tx.append(campaign_stream(campaign_id), events)

    return decide


def pause_by_rule(
    campaign_id: str,
    cause: str,
    code: str | None,
    evidence: Mapping[str, str],
    *,
    keeps_from: Command[Verdict] | None = None,
) -> Command[bool]:
    """Pause a campaign by a rule of its own policy; whether that is new.

    With `keeps_from`, the verdict on somebody whom it would call next, only where the rule keeps it from that.
    """

    def decide(tx: Transaction) -> bool:
        state = tx.campaign(campaign_id)
        if state is None or state.phase != "running" or (keeps_from is not None and not keeps_from(tx).may_dial):
            return False
        tx.append(campaign_stream(campaign_id), campaign.pause(state, cause, code=code, evidence=evidence))
        return True

    return decide


def complete_campaign(campaign_id: str, seen_position: int, *, is_somebody_held: bool) -> Command[bool]:
    """Close a campaign that was seen with nobody left, if nothing recorded since may bring somebody back.

    `is_somebody_held` says that somebody was held back then by a call of another campaign.
    """

    def is_overtaking(event: Event) -> bool:
        return events.may_bring_back(event, campaign_id) or (is_somebody_held and events.may_free(event))

    def decide(tx: Transaction) -> bool:
        state = tx.campaign(campaign_id)
        since = tx.events_since(seen_position, EVENTS_SINCE_MAX)
        if state is None or since is None or any(map(is_overtaking, since)):
            return False
        tx.append(campaign_stream(campaign_id), campaign.complete(state))
        return True

    return decide


def propose_change(
    campaign_id: str, proposal: Proposal, change_id: str, operator: Operator
) -> Command[WaitingChange | None]:
    """Start or revise it, or ask for that under `change_id` where a second person has to approve it."""

    def decide(tx: Transaction) -> WaitingChange | None:
        before = campaign_by_now(tx, campaign_id)
        tx.append(campaign_stream(campaign_id), campaign.propose(before, proposal, change_id, operator, tx.now))
        if not before.needs_approval or not campaign.carried_out(before, proposal):
            return None
        after = campaign.existing(tx.campaign(campaign_id), campaign_id)
        [change] = (one for one in after.pending(tx.now) if one.change == proposal.change)
        earlier = (one.change_id for one in before.pending(tx.now) if one.change == proposal.change)
        return WaitingChange(change, next((one for one in earlier if one != change.change_id), None))

    return decide


def revise_campaign(campaign_id: str, revision: Revision, change_id: str, operator: Operator) -> Command[Revised]:
    """Propose the plan that a revision makes of the campaign's plan at the instant of the commit."""

    def decide(tx: Transaction) -> Revised:
        state = campaign_by_now(tx, campaign_id)
        plan = revision.applied_to(state)
        proposal = Proposal(change="revise", plan=plan, reason=revision.reason)
        waiting = propose_change(campaign_id, proposal, change_id, operator)(tx)
        return Revised(plan_changes(state.plan, plan), waiting)

    return decide


def approve_change(campaign_id: str, change_id: str, operator: Operator, reason: str | None) -> Command[CampaignChange]:
    """Let it come about, in the same commit."""

    def decide(tx: Transaction) -> CampaignChange:
        state = campaign_by_now(tx, campaign_id)
        tx.append(campaign_stream(campaign_id), campaign.approve(state, change_id, operator, tx.now, reason))
        return campaign.change_of(campaign.existing(tx.campaign(campaign_id), campaign_id), change_id)

    return decide


def decline_change(campaign_id: str, change_id: str, by: str, reason: str | None) -> Command[CampaignChange]:
    """Let it not come about."""

    def decide(tx: Transaction) -> CampaignChange:
        state = campaign_by_now(tx, campaign_id)
        tx.append(campaign_stream(campaign_id), campaign.decline(state, change_id, by, tx.now, reason))
        return campaign.change_of(campaign.existing(tx.campaign(campaign_id), campaign_id), change_id)

    return decide
