"""Attempts whose request nobody here can answer for any more: an earlier process's, or one that was perhaps not stored."""

from collections.abc import Mapping

from adapters.ledger.transaction import Transaction
from adapters.sending_marks import Witness
from application.commands.command import Command
from domain import recipient


def settle_left_behind(started: Mapping[str, str], witness: Witness) -> Command[tuple[int, int]]:
    """Settle the attempts (id → recipient's stream) that an earlier process left; how many were abandoned, how many unresolved."""

    def decide(tx: Transaction) -> tuple[int, int]:
        abandoned = unresolved = 0
        for attempt_id, stream in started.items():
            person = tx.recipient(stream)
            attempt = person.attempt(attempt_id)
            if attempt is None or attempt.phase != "started":
                continue
            if witness.certainly_not_sent(attempt_id, attempt.epoch):
                tx.append(
                    stream, recipient.abandon(person, attempt_id, "the process ended before the request was sent")
                )
                abandoned += 1
            else:
                doubt = witness.doubt or "the marks do not name this attempt"
                why = (
                    "the process ended while the request was on the wire"
                    if witness.may_be_on_the_wire(attempt_id)
                    else f"the process ended, and nothing shows whether the request was sent: {doubt}"
                )
                tx.append(stream, recipient.leave_unresolved(person, attempt_id, why))
                unresolved += 1
        return abandoned, unresolved

    return decide


def take_back(stream: str, attempt_id: str, why: str) -> Command[None]:
    """Abandon an attempt of which nobody knows whether it was stored, if it was: its request was not sent."""

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        if attempt is not None and attempt.phase == "started":
            tx.append(stream, recipient.abandon(person, attempt_id, why))

    return decide
