"""A callback that is wished by a digit of a call: recorded with what made it known."""

from adapters.ledger.transaction import Transaction
from application.commands.giving_up import ENDS_BEFORE_IT, give_up_in
from domain import recipient
from domain.call import CallCameIn, Claim
from domain.call.wished_by_key import wished_by_key
from domain.policy import NO_POLICY
from domain.recipient import Wish
from domain.recipient.callback import CallbackSource

KEYPRESS: CallbackSource = "keypress"
CAMPAIGN_IS_OVER = "campaign_not_running"
CALL_IS_ANOTHERS = "call_is_anothers"


def heed_callback(tx: Transaction, call_id: str) -> None:
    """Record what the person of this call wished, as far as that is known by now and new.

    Who may not be called any more has the wish given up at once, with the rule that stands against it.
    """
    state = tx.call(call_id).state
    if not state.questions.asked:
        return
    owner = state.owner
    wished = None if owner is None else wished_by_key(state)
    if wished is None or owner is None:
        return
    placed_for = tx.campaign(owner.campaign_id)
    if placed_for is None or owner.campaign_id not in tx.recipient(owner.recipient).enrollments:
        return
    policy = placed_for.plan.policy or NO_POLICY
    person = tx.person(owner.recipient)
    wish = Wish(at=wished.at, source=KEYPRESS, said=recipient.said_in(call_id))
    events = recipient.press_callback(person, owner.campaign_id, wish, wished.pressed_at, policy.callback_grace_seconds)
    if not events:
        return
    tx.append(owner.recipient, events)
    why = recipient.never_rule(person, owner.campaign_id, policy.attempts_max, tx.now)
    if policy.is_over_at(wish.at):
        why = ENDS_BEFORE_IT
    if placed_for.is_over:
        why = CAMPAIGN_IS_OVER
    if why is not None:
        give_up_in(tx, owner.campaign_id, owner.recipient, why)


def forget_callback(tx: Transaction, call_id: str, before: Claim | CallCameIn | None) -> None:
    """Give up the open wish of whose this call was `before`, where it was made in this call and the call is another's now."""
    owner = tx.call(call_id).state.owner
    if before is None or owner is None:
        return
    own = tx.recipient(before.recipient)
    is_same_person = owner.recipient in (before.recipient, *tx.other_streams(own.number))
    if is_same_person and owner.campaign_id == before.campaign_id:
        return
    wish = recipient.open_callback(tx.person(before.recipient), before.campaign_id)
    if wish is not None and wish.said == recipient.said_in(call_id):
        give_up_in(tx, before.campaign_id, before.recipient, CALL_IS_ANOTHERS)
