"""A person who is forgotten: what is recorded of that, and what stands against it."""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

NOBODY_SAID: frozenset[str] = frozenset()
"""The reason of an erasure stays: it is what accounts for it, and a second erasure finds nothing new because of it."""
REASON = frozenset({"reason"})
"""People write it, and no decision rests on it."""
REQUEST_WAITS_MAX = timedelta(days=7)


class RecipientErased(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What discloses this person is erased, here and in their calls; the campaigns that they are in call them no more.

    `calls` is of how many calls, `spellings` are the streams of their number in other spellings, which nothing says any more.
    """

    NAME: ClassVar = "recipient.erased"
    PERSONAL: ClassVar = NOBODY_SAID
    calls: int
    spellings: tuple[str, ...] = ()
    reason: str | None = None


class RecipientErasureRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asked to erase this person; a second one has to ask for the same, until `expires_at`."""

    NAME: ClassVar = "recipient.erasure_requested"
    PERSONAL: ClassVar = NOBODY_SAID
    requested_by: str
    expires_at: datetime
    reason: str | None = None


class LegalHoldSet(Struct, frozen=True, kw_only=True):
    """Nothing of this person is erased until that is lifted."""

    NAME: ClassVar = "legal_hold.set"
    PERSONAL: ClassVar = REASON
    reason: str | None = None


class LegalHoldLifted(Struct, frozen=True, kw_only=True):
    """This person can be erased again."""

    NAME: ClassVar = "legal_hold.lifted"
    PERSONAL: ClassVar = REASON
    reason: str | None = None


ErasureEvent = RecipientErased | RecipientErasureRequested | LegalHoldSet | LegalHoldLifted


class Erasure(Struct, frozen=True, kw_only=True):
    """Since when somebody is erased, if they are; who asked for it and waits for a second person; and the hold that stands."""

    erased_at: datetime | None = None
    requested: RecipientErasureRequested | None = None
    hold: LegalHoldSet | None = None

    def after(self, event: ErasureEvent, at: datetime) -> "Erasure":
        """With one more event, recorded `at`."""
        match event:
            case RecipientErased():
                return replace(self, erased_at=at, requested=None)
            case RecipientErasureRequested():
                return replace(self, requested=event)
            case LegalHoldSet():
                return replace(self, hold=event)
            case LegalHoldLifted():
                return replace(self, hold=None)

    def asked_by_another(self, name: str, now: datetime) -> bool:
        """Whether somebody else asked for it, and not too long ago."""
        asked = self.requested
        return asked is not None and asked.requested_by != name and asked.expires_at > now
