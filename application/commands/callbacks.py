"""Callbacks: wished, moved and given up; each command reads, decides and appends in one commit."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from application.commands.attempts import verdict_in
from application.commands.command import Command
from application.commands.giving_up import ENDS_BEFORE_IT, give_up_in
from domain import campaign, recipient
from domain.campaign import CampaignState
from domain.dialing import Verdict
from domain.errors import Conflict, NotFound
from domain.policy import NO_POLICY
from domain.recipient import NOT_CALLED_IN_TIME, RecipientState, Wish


class CallbackChanged(Struct, frozen=True):
    """Whose wish was recorded, by their stream, and whether that is a change."""

    stream: str
    is_new: bool


def wish_callback(campaign_id: str, streams: Sequence[str], wish: Wish) -> Command[CallbackChanged]:
    """Call this person next at a wished time: the first of these spellings that is in the campaign."""

    def decide(tx: Transaction) -> CallbackChanged:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        if state.is_over:
            raise Conflict(f"campaign {campaign_id} is {state.phase}; it calls nobody any more")
        stream, person = _enrolled(tx, campaign_id, streams)
        recipient.check_wished(wish.at, tx.now)
        too_late = why_too_late(state, wish.at)
        if too_late is not None:
            raise Conflict(too_late)
        events = wish_in(tx, state, person, wish)
        tx.append(stream, events)
        return CallbackChanged(stream, bool(events))

    return decide


def why_too_late(state: CampaignState, at: datetime) -> str | None:
    """Why a call cannot be wished for then, as the campaign is over by that time; None where it is not."""
    policy = state.plan.policy or NO_POLICY
    if policy.ends_at is None or not policy.is_over_at(at):
        return None
    return f"campaign {state.campaign_id} ends at {policy.ends_at.isoformat()}; wish an earlier time, or revise it"


def wish_in(
    tx: Transaction, state: CampaignState, person: RecipientState, wish: Wish
) -> list[recipient.RecipientEvent]:
    """What a wish comes to by the campaign's policy. Raises `Conflict` where nobody could be called."""
    policy = state.plan.policy or NO_POLICY
    return recipient.set_callback(
        person, state.campaign_id, wish, policy.callback_grace_seconds, policy.attempts_max, tx.now
    )


def drop_callback(campaign_id: str, streams: Sequence[str]) -> Command[CallbackChanged]:
    """Give up what was wished, on an operator's word; the campaign's own order goes on."""

    def decide(tx: Transaction) -> CallbackChanged:
        campaign.existing(tx.campaign(campaign_id), campaign_id)
        stream, person = _enrolled(tx, campaign_id, streams)
        is_open = recipient.open_callback(person, campaign_id) is not None
        if is_open:
            give_up_in(tx, campaign_id, stream, recipient.BY_OPERATOR)
        return CallbackChanged(stream, is_open)

    return decide


def give_up_callback(
    campaign_id: str, stream: str, fingerprint: str, only_numbers: Collection[str] | None
) -> Command[str | None]:
    """Give up a wish that was not kept in time, or cannot be kept any more; why, or None where it is neither.

    One that is for a time after the campaign's end cannot be kept, even where a revision moved the end.
    """

    def decide(tx: Transaction) -> str | None:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        person = tx.person(stream)
        wish = recipient.open_callback(person, campaign_id)
        if wish is None:
            return None
        verdict = verdict_in(tx, state, tx.account(fingerprint), person, only_numbers)
        why = _never(verdict) or _ends_before(state, wish.at)
        if why is None and tx.now >= wish.give_up_at:
            why = _in_the_way(verdict)
        if why is not None:
            give_up_in(tx, campaign_id, stream, why)
        return why

    return decide


def _enrolled(tx: Transaction, campaign_id: str, streams: Sequence[str]) -> tuple[str, RecipientState]:
    for stream in streams:
        if campaign_id in tx.recipient(stream).enrollments:
            return stream, tx.person(stream)
    raise NotFound(f"this number is not enrolled in a campaign named {campaign_id}")


def _never(verdict: Verdict) -> str | None:
    """The rule by which nobody will call this person, however long they wait."""
    return next((one.rule for one in verdict.reasons if one.final and one.scope == "recipient"), None)


def _ends_before(state: CampaignState, at: datetime) -> str | None:
    return ENDS_BEFORE_IT if (state.plan.policy or NO_POLICY).is_over_at(at) else None


def _in_the_way(verdict: Verdict) -> str:
    """What stood against the call in the end; nothing where only nobody came to it."""
    return verdict.reasons[0].rule if verdict.reasons else NOT_CALLED_IN_TIME
