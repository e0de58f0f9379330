"""A call that comes in from somebody whom a campaign called is recorded on both, in the commit that learns of it."""

from adapters.ledger.transaction import Transaction
from application.commands.keys_pressed import heed_keys
from domain.call import CallCameIn
from domain.identity import call_stream
from domain.person import is_same
from domain.phone_number import is_e164
from domain.recipient import RecipientRangBack
from domain.ring_back import rings_back


def note_ring_back(tx: Transaction, call_id: str) -> None:
    """Tie a call to the person who rings back with it, where what was reported of it says so.

    What counts is who calls whom in signed reports: which direction they name is not to be relied on, and whoever asks
    what a call says may name any number. A call that an attempt claims, or that echoes one, is no call of theirs.
    """
    state = tx.call(call_id).state
    parties = state.parties
    if state.owner is not None or state.echoed_attempts or parties is None:
        return
    caller, rung = parties.from_number, parties.to_number
    if not (is_e164(caller) and is_e164(rung)):
        return
    people = {stream: tx.recipient(stream) for stream in tx.spelled_streams(caller)}
    found = rings_back(people, rung, tx.campaign, state.created_at)
    if found is None or _may_be_placed(tx, caller, rung):
        return
    attempt = found.attempt
    came_in = CallCameIn(attempt_id=attempt.attempt_id, campaign_id=attempt.campaign_id, recipient=found.stream)
    rang = RecipientRangBack(call_id=call_id, campaign_id=attempt.campaign_id, attempt_id=attempt.attempt_id)
    tx.append(call_stream(call_id), [came_in])
    tx.append(found.stream, [rang])
    heed_keys(tx, call_id)


def _may_be_placed(tx: Transaction, caller: str, rung: str) -> bool:
    """Whether it may be a call of ours from this caller: where numbers of ours call each other, an attempt may be waiting for it."""
    for stream in tx.spelled_streams(rung):
        for attempt in tx.recipient(stream).attempts:
            campaign = tx.campaign(attempt.campaign_id)
            is_from_caller = campaign is not None and is_same(campaign.caller_of(attempt.caller_number), caller)
            if attempt.is_unsettled and is_from_caller:
                return True
    return False
