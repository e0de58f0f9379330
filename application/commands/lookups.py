"""What a campaign's lookup came to, where nobody is called because of it; each command reads, decides and appends in one commit."""

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import recipient
from domain.campaign import Lookup
from domain.recipient import WithdrawnCause


def hold_unanswered(campaign_id: str, stream: str, lookup: Lookup, why: str) -> Command[None]:
    """Hold somebody whom the lookup could not be asked about, until the next try."""

    def decide(tx: Transaction) -> None:
        if _is_still_asked(tx, campaign_id, lookup):
            events = recipient.lookup_failed(tx.recipient(stream), campaign_id, lookup.host, why, tx.now)
            tx.append(stream, events)

    return decide


def take_out(campaign_id: str, stream: str, lookup: Lookup, cause: WithdrawnCause, reason: str | None) -> Command[None]:
    """Let a campaign not call somebody any more, because the lookup said so, or could not be asked."""

    def decide(tx: Transaction) -> None:
        if _is_still_asked(tx, campaign_id, lookup):
            tx.append(stream, recipient.withdraw(tx.recipient(stream), campaign_id, cause, reason))

    return decide


def _is_still_asked(tx: Transaction, campaign_id: str, lookup: Lookup) -> bool:
    """Whether the campaign goes by this lookup still: one that was revised meanwhile asks anew."""
    state = tx.campaign(campaign_id)
    return state is not None and not state.is_over and state.plan.asked_first == lookup
