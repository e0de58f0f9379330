"""Attempts settled later than by their request: by a call that is theirs, or on a person's word."""

from adapters.ledger.transaction import Transaction
from application.commands.attempts import verdict_in
from application.commands.command import Command
from application.commands.outcomes import claim
from domain import account, call, campaign, recipient
from domain.errors import Conflict
from domain.recipient import Resolution


def match_attempt(stream: str, attempt_id: str, call_id: str, how: Resolution, by: str) -> Command[None]:
    """Tie an attempt and a call to each other, on both streams; worse evidence than there is raises `Conflict`.

    A call that echoes an attempt is that attempt's, also where the attempt has another one by better evidence: then only
    the call says so, for it was placed twice.
    """

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        best = tx.call(call_id).state.claim
        if best is not None and best.attempt_id != attempt_id and best.strength > call.STRENGTH[how]:
            raise Conflict(f"call {call_id} is attempt {best.attempt_id}'s by better evidence ({best.how})")
        try:
            tx.append(stream, recipient.resolve(person, attempt_id, how, by, call_id=call_id))
        except Conflict:
            if how != "metadata" or attempt is None or attempt.phase != "accepted":
                raise
        if attempt is None:
            return
        claimed = call.CallClaimed(
            attempt_id=attempt_id,
            campaign_id=attempt.campaign_id,
            recipient=stream,
            how=how,
            attempt_started_at=attempt.started_at,
        )
        claim(tx, call_id, claimed)

    return decide


def settle_without_call(stream: str, attempt_id: str, by: str, *, redial: bool) -> Command[None]:
    """A person's word that an attempt brought about no call, or none that goes on; with `redial` the recipient goes back.

    Where nobody would call them again all the same, `redial` is a `Conflict`.
    """

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        is_lost = attempt is not None and attempt.call_id is not None and tx.call(attempt.call_id).state.is_lost
        events = recipient.resolve(person, attempt_id, "person", by, redial=redial, call_is_lost=is_lost)
        tx.append(stream, events)
        if redial and events and attempt is not None:
            _require_redial(tx, attempt.campaign_id, tx.person(stream))

    return decide


def _require_redial(tx: Transaction, campaign_id: str, person: recipient.RecipientState) -> None:
    """Promise no call that cannot come: what ends a campaign or a recipient for good ends this, too."""
    state = campaign.existing(tx.campaign(campaign_id), campaign_id)
    against = next(
        (reason for reason in verdict_in(tx, state, account.INITIAL, person, None).reasons if reason.final), None
    )
    if against is None:
        return
    why = f"campaign {campaign_id} is {state.phase}" if state.is_over else f"{against.rule} stands against it for good"
    raise Conflict(
        f"this recipient would not be dialled again: {why}; settle the attempt without redial (`--none` alone), "
        "and enrol whom you want to call in another campaign"
    )
