"""Somebody pressed the digits that mean: call me no more. What was gathered and whose call it was may come in any order."""

from adapters.ledger import Transaction
from domain import recipient

KEYPRESS = "keypress"


def heed_opt_out(tx: Transaction, call_id: str) -> None:
    """Suppress the person of a call in which exactly the digits were gathered that its campaign's policy names."""
    state = tx.call(call_id).state
    claim = state.claim
    if claim is None or not state.digits:
        return
    campaign = tx.campaign(claim.campaign_id)
    policy = None if campaign is None else campaign.plan.policy
    if policy is None or policy.opt_out_digits not in state.digits:
        return
    person = tx.recipient(claim.recipient)
    tx.append(claim.recipient, recipient.suppress(person, person.number, KEYPRESS, reason=f"in call {call_id}"))
