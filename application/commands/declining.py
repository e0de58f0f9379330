"""What a person declined: recorded on an operator's word, by a digit of a call, and lifted; each in one commit."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from application.commands.recipients import pressed_at
from domain import campaign, recipient
from domain.call import CallGathered
from domain.campaign import CampaignState
from domain.dialing import purpose_of
from domain.errors import InvalidInput, NotFound
from domain.instants import time_text
from domain.recipient import DeclineSource

BY_OPERATOR: DeclineSource = "operator"
BY_KEY: DeclineSource = "keypress"


class DeclineChanged(Struct, frozen=True):
    """Whose word was recorded, by their stream, for which purpose, and whether that is a change."""

    stream: str
    purpose: str
    is_new: bool


def record_decline(
    campaign_id: str, streams: Sequence[str], reason: str | None, said_at: datetime | None
) -> Command[DeclineChanged]:
    """They do not want to be called about what this campaign is for: without `said_at` they say so now, also again.

    Raises `NotFound`, and `InvalidInput` for a time to come.
    """

    def decide(tx: Transaction) -> DeclineChanged:
        state, stream = _enrolled(tx, campaign_id, streams)
        if said_at is not None and said_at > tx.now:
            raise InvalidInput(
                "said_at", f"is in the future (it is {time_text(tx.now)}); give the time when they said it"
            )
        purpose = purpose_of(state)
        events = recipient.decline(
            tx.person(stream).declines, campaign_id, purpose, BY_OPERATOR, said_at=said_at or tx.now, reason=reason
        )
        tx.append(stream, events)
        return DeclineChanged(stream, purpose, bool(events))

    return decide


def lift_decline(campaign_id: str, streams: Sequence[str], reason: str | None) -> Command[DeclineChanged]:
    """They may be called about it again, in every spelling of the number: also what they said when it had another purpose.

    Raises `NotFound`.
    """

    def decide(tx: Transaction) -> DeclineChanged:
        state, stream = _enrolled(tx, campaign_id, streams)
        purpose, is_new = purpose_of(state), False
        concerning = recipient.declines_concerning(tx.person(stream).declines, campaign_id, purpose)
        for one in (stream, *tx.other_streams(tx.recipient(stream).number)):
            known = tx.recipient(one).declines
            for said in concerning:
                events = recipient.lift_decline(known, campaign_id, said.purpose, reason)
                tx.append(one, events)
                is_new = is_new or bool(events)
        return DeclineChanged(stream, purpose, is_new)

    return decide


def heed_declined(tx: Transaction, call_id: str, gathered: CallGathered | None = None) -> None:
    """Record that the person of a call declined, where exactly the digits were gathered that its campaign's policy names for that.

    With `gathered`, for these digits alone; else for all that are known of the call, which is found to be this person's.
    """
    state = tx.call(call_id).state
    owner = state.owner
    digits = {one.digits for one in state.gathers} if gathered is None else {gathered.digits}
    placed_for = None if owner is None or not any(digits) else tx.campaign(owner.campaign_id)
    policy = None if placed_for is None else placed_for.plan.policy
    if owner is None or placed_for is None or policy is None or policy.declined is None:
        return
    if policy.declined.digits is None or policy.declined.digits not in digits:
        return
    said_at = None if gathered is None else pressed_at(gathered, state, tx.now)
    events = recipient.decline(
        tx.person(owner.recipient).declines,
        owner.campaign_id,
        purpose_of(placed_for),
        BY_KEY,
        said=recipient.said_in(call_id),
        said_at=said_at,
    )
    tx.append(owner.recipient, events)


def _enrolled(tx: Transaction, campaign_id: str, streams: Sequence[str]) -> tuple[CampaignState, str]:
    state = campaign.existing(tx.campaign(campaign_id), campaign_id)
    for stream in streams:
        if campaign_id in tx.recipient(stream).enrollments:
            return state, stream
    raise NotFound(f"this number is not enrolled in a campaign named {campaign_id}")
