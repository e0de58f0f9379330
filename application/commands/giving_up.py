"""A callback that is given up, in whichever spelling of the person it was wished."""

from adapters.ledger.transaction import Transaction
from domain import recipient
from domain.recipient import NOT_CALLED_IN_TIME, RecipientState

ENDS_BEFORE_IT = "campaign_over"
"""Why a wish is given up that is for a time when its campaign is over by its policy."""


def give_up_in(tx: Transaction, campaign_id: str, stream: str, why: str) -> None:
    """Record that it is given up, and why."""
    for one in (stream, *tx.other_streams(tx.recipient(stream).number)):
        tx.append(one, recipient.drop_callback(tx.recipient(one), campaign_id, why))


def person_without_lapsed(tx: Transaction, campaign_id: str, stream: str) -> RecipientState:
    """The person as they may be called now: a wish that nobody kept in time is given up before they are judged."""
    person = tx.person(stream)
    if not recipient.is_lapsed(person, campaign_id, tx.now):
        return person
    give_up_in(tx, campaign_id, stream, NOT_CALLED_IN_TIME)
    return tx.person(stream)
