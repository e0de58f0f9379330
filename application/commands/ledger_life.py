"""The ledger itself: closed, where it was copied to another place."""

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import ledger_life
from domain.identity import LEDGER_STREAM


def close_ledger(copy_id: str, copied_to: str, last_position: int) -> Command[bool]:
    """Let nothing more be recorded here, if nothing was since that position; whether it is closed now."""

    def decide(tx: Transaction) -> bool:
        if tx.events_since(last_position, 0) is None:
            return False
        tx.append(LEDGER_STREAM, ledger_life.close(tx.ledger(), copy_id, copied_to, last_position))
        return True

    return decide
