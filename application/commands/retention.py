"""Destroying what is old of personal fields, so many streams a commit."""

from collections.abc import Sequence

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from application.commands.erasure import destroy_keys
from domain import recipient
from domain.retention import Expired

RECORDED_MEANWHILE_MAX = 2_000


def destroy_expired(expired: Sequence[Expired], position: int, reason: str | None) -> Command[list[Expired] | None]:
    """Destroy what was found at a position, but for that of which something was recorded since; what was destroyed.

    None where so much was recorded since that it has to be found anew. Whose number or variables go is called no more.
    """

    def decide(tx: Transaction) -> list[Expired] | None:
        changed = tx.streams_since(position, RECORDED_MEANWHILE_MAX)
        if changed is None:
            return None
        ready = [one for one in expired if changed.isdisjoint(one.seen)]
        for one in ready:
            for stream in one.forgotten:
                tx.recipient(stream)
                tx.append(stream, [recipient.erased(0, stream, one.forgotten, reason)])
        keys = {key: kind for one in ready for key, kind in one.keys.items()}
        destroy_keys(tx, keys, "retention", sum(len(one.streams) for one in ready), reason)
        return ready

    return decide
