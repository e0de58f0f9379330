"""Erasing a person, and keeping them from being erased."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.errors import Conflict, NeedsSecondPerson
from domain.instants import later
from domain.recipient.erasure import (
    REQUEST_WAITS_MAX,
    LegalHoldLifted,
    LegalHoldSet,
    RecipientErased,
    RecipientErasureRequested,
)
from domain.recipient.state import RecipientState


def require_no_hold(spelled: Sequence[RecipientState]) -> None:
    """Raises `Conflict` where a hold stands on the person, in whatever spelling."""
    hold = next((one.erasure.hold for one in spelled if one.erasure.hold is not None), None)
    if hold is not None:
        why = "" if hold.reason is None else f" ({hold.reason})"
        raise Conflict(
            f"a legal hold stands on this person{why}; lift it first with: dialtrail recipients unhold NUMBER"
        )


def ask_second_person(
    spelled: Sequence[RecipientState], name: str | None, others: Collection[str], now: datetime, reason: str | None
) -> RecipientErasureRequested | None:
    """What to record where a second person still has to ask for it; None where one just has. `others` are all other operators.

    Raises `NeedsSecondPerson` where nobody could.
    """
    if name is None:
        raise NeedsSecondPerson(
            "a campaign of this person takes two people for what it does, and so does their erasure: ask for it by a token of "
            "your own (DIALTRAIL_TOKENS), and have somebody else ask for the same"
        )
    if any(one.erasure.asked_by_another(name, now) for one in spelled):
        return None
    if not others:
        raise NeedsSecondPerson(
            f"a campaign of this person takes two people, and DIALTRAIL_TOKENS has no operator but {name}; add a second one, "
            "restart, and ask again"
        )
    return RecipientErasureRequested(requested_by=name, expires_at=later(now, REQUEST_WAITS_MAX), reason=reason)


def erased(calls: int, own: str, known: Sequence[str], reason: str | None) -> RecipientErased:
    """What is recorded on one of the streams of a person."""
    return RecipientErased(calls=calls, spellings=tuple(one for one in known if one != own), reason=reason)


def hold(state: RecipientState, reason: str | None) -> list[LegalHoldSet]:
    """Let nobody erase this person; nothing where that is so."""
    return [] if state.erasure.hold is not None else [LegalHoldSet(reason=reason)]


def unhold(state: RecipientState, reason: str | None) -> list[LegalHoldLifted]:
    """Let them be erased again; nothing where they can be."""
    return [] if state.erasure.hold is None else [LegalHoldLifted(reason=reason)]
