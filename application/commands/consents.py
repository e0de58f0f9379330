"""Consents: recorded of a person, and taken back; each in one commit."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from adapters.documents.consent import Revocation
from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import recipient
from domain.dialing import Verdict
from domain.errors import InvalidInput
from domain.instants import time_text
from domain.recipient import ConsentGiven, ConsentRevoked, Consents, ConsentUsed


class ConsentChanged(Struct, frozen=True):
    """Which consent it is about, None of a revocation; and whether that is a change."""

    consent_id: str | None
    is_new: bool


def record_consent(stream: str, given: ConsentGiven) -> Command[ConsentChanged]:
    """Somebody agreed. Raises `InvalidInput` for a time to come, or an end that is no end."""

    def decide(tx: Transaction) -> ConsentChanged:
        fault = consent_fault(given, tx.now)
        if fault is not None:
            raise InvalidInput(*fault)
        events = recipient.give_consent(tx.recipient(stream).consents, given)
        tx.append(stream, events)
        return ConsentChanged(given.consent_id, bool(events))

    return decide


def revoke_consent(stream: str, said: Revocation) -> Command[ConsentChanged]:
    """Somebody took it back. Raises `InvalidInput` for a time to come."""

    def decide(tx: Transaction) -> ConsentChanged:
        if said.revoked_at is not None and said.revoked_at > tx.now:
            raise InvalidInput("revoked_at", f"is in the future (it is {time_text(tx.now)}); give the time of the word")
        spelled = (stream, *tx.other_streams(said.number))
        known = recipient.consents_together(tx.recipient(one).consents for one in spelled)
        revoked = ConsentRevoked(
            number=said.number,
            purpose=said.purpose,
            source=said.source,
            reason=said.reason,
            revoked_at=said.revoked_at or _after_all_given(known, said.purpose, tx.now),
        )
        events = recipient.revoke_consent(known, revoked)
        tx.append(stream, events)
        return ConsentChanged(None, bool(events))

    return decide


def _after_all_given(known: Consents, purpose: str | None, now: datetime) -> datetime:
    """Now, or when the latest was given that is taken back, where a clock went back since."""
    return max([now, *(one.given_at for one in known.given.values() if purpose in {None, one.purpose})])


def consent_fault(given: ConsentGiven, now: datetime) -> tuple[str, str] | None:
    """The field of a consent that cannot be, and why."""
    if given.given_at > now:
        return "given_at", f"is in the future (it is {time_text(now)}); record it once it was given"
    if given.until is not None and given.until <= given.given_at:
        return "until", "is not after given_at; leave it out where it holds until it is taken back"
    return None


def consent_used(campaign_id: str, attempt_id: str, verdict: Verdict) -> Sequence[ConsentUsed]:
    """What is recorded beside an attempt that is begun: on which consent, where the policy requires one."""
    if verdict.consent_id is None:
        return ()
    return (ConsentUsed(campaign_id=campaign_id, attempt_id=attempt_id, consent_id=verdict.consent_id),)
