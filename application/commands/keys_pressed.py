"""What the digits of a call mean by its campaign's policy: never again, or not about this."""

from adapters.ledger.transaction import Transaction
from application.commands.declining import heed_declined
from application.commands.recipients import heed_opt_out
from domain.call import CallGathered


def heed_keys(tx: Transaction, call_id: str, gathered: CallGathered | None = None) -> None:
    """Record what follows: with `gathered`, from these digits alone, else from all that are known of the call."""
    heed_opt_out(tx, call_id, gathered)
    heed_declined(tx, call_id, gathered)
