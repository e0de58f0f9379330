"""Consent: on what basis somebody may be called for a purpose, and that it was taken back. What is recorded, and what is kept."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct

from domain.instants import later

CONSENT_ID_CHARS = 16
_DAY_SECONDS = 86_400


class ConsentGiven(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody agreed to be called for a `purpose`, at `given_at`, until `until` (UTC; None: until it is taken back).

    `basis` is of what kind it is, `text` what they agreed to, and `text_version` which version of that; `source` is where it
    comes from, `by` who gave it or took it down. `consent_id` is made of what was agreed to, so that the same is one.
    """

    NAME: ClassVar = "consent.given"
    PERSONAL: ClassVar = frozenset({"number", "text", "source", "by"})
    consent_id: str
    number: str
    purpose: str
    basis: str
    source: str
    given_at: datetime
    text: str | None = None
    text_version: str | None = None
    by: str | None = None
    until: datetime | None = None


class ConsentRevoked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody took back what they had agreed to up to `revoked_at` (UTC): for a `purpose`, None: for every one."""

    NAME: ClassVar = "consent.revoked"
    PERSONAL: ClassVar = frozenset({"number", "source", "reason"})
    number: str
    revoked_at: datetime
    source: str
    purpose: str | None = None
    reason: str | None = None


class ConsentUsed(Struct, frozen=True, kw_only=True):
    """An attempt was begun on this consent; in the commit that begins it."""

    NAME: ClassVar = "consent.used"
    PERSONAL: ClassVar = frozenset[str]()
    campaign_id: str
    attempt_id: str
    consent_id: str


ConsentEvent = ConsentGiven | ConsentRevoked | ConsentUsed


class Consent(Struct, frozen=True, kw_only=True):
    """What somebody agreed to, as far as a verdict goes by it; the rest is in its event."""

    consent_id: str
    purpose: str
    given_at: datetime
    until: datetime | None = None


class Consents(Struct, frozen=True):
    """All that is known of a person's consents, in whatever order it was learned: `given` by id, `revoked` when, by purpose.

    What was taken back for every purpose is under `""`.
    """

    given: Mapping[str, Consent] = {}
    revoked: Mapping[str, datetime] = {}

    def revoked_at(self, consent: Consent) -> datetime | None:
        """When this one was taken back, if it was; what was given after that holds."""
        found = (self.revoked.get(purpose) for purpose in (consent.purpose, ""))
        return max((at for at in found if at is not None and at >= consent.given_at), default=None)

    def after(self, event: ConsentEvent, at: datetime) -> "Consents":
        """What is known after one more event, recorded `at`: nothing was given or taken back later than that."""
        match event:
            case ConsentGiven():
                kept = Consent(
                    consent_id=event.consent_id,
                    purpose=event.purpose,
                    given_at=min(event.given_at, at),
                    until=event.until,
                )
                return Consents({**self.given, event.consent_id: kept}, self.revoked)
            case ConsentRevoked():
                purpose = event.purpose or ""
                revoked_at = min(event.revoked_at, at)
                return Consents(
                    self.given, {**self.revoked, purpose: max(revoked_at, self.revoked.get(purpose, revoked_at))}
                )
            case _:
                return self


NO_CONSENTS = Consents()


def consents_together(spelled: Iterable[Consents]) -> Consents:
    """What is known of one person in several spellings."""
    given: dict[str, Consent] = {}
    revoked: dict[str, datetime] = {}
    for known in spelled:
        given |= known.given
        for purpose, at in known.revoked.items():
            revoked[purpose] = max(at, revoked.get(purpose, at))
    return Consents(given, revoked) if given or revoked else NO_CONSENTS


def consent_ends_at(known: Consents, consent: Consent, max_age_days: int | None) -> datetime | None:
    """From when on a consent that was given holds no more; None where no end is known."""
    aged = None if max_age_days is None else later(consent.given_at, timedelta(seconds=max_age_days * _DAY_SECONDS))
    ends = (known.revoked_at(consent), consent.until, aged)
    return min((at for at in ends if at is not None), default=None)


def consent_at(known: Consents, purposes: Collection[str], max_age_days: int | None, now: datetime) -> Consent | None:
    """The consent for one of these purposes that holds at `now`: of several the one that lasts longest, else the latest."""
    holding = [
        (ends is None, ends or one.given_at, one.given_at, one.consent_id, one)
        for one in known.given.values()
        if one.purpose in purposes
        and one.given_at <= now
        and ((ends := consent_ends_at(known, one, max_age_days)) is None or now < ends)
    ]
    return max(holding, key=lambda found: found[:4])[-1] if holding else None


def consent_id_of(purpose: str, basis: str, source: str, given_at: datetime, *more: str | None) -> str:
    """The id of what was agreed to: the same words at the same time are one consent."""
    words = "\0".join((purpose, basis, source, given_at.isoformat(), *(one or "" for one in more)))
    return hashlib.sha256(words.encode()).hexdigest()[:CONSENT_ID_CHARS]


def give_consent(known: Consents, given: ConsentGiven) -> list[ConsentGiven]:
    """Record it, once."""
    return [] if given.consent_id in known.given else [given]


def revoke_consent(known: Consents, revoked: ConsentRevoked) -> list[ConsentRevoked]:
    """Record that it was taken back, also where nothing is known that was given; what was taken back by then changes nothing."""
    was = max((at for p in ("", revoked.purpose or "") if (at := known.revoked.get(p)) is not None), default=None)
    if was is None or was < revoked.revoked_at:
        return [revoked]
    still = (one for one in known.given.values() if known.revoked_at(one) is None)
    concerned = (one for one in still if revoked.purpose in {None, one.purpose})
    return [revoked] if any(one.given_at <= revoked.revoked_at for one in concerned) else []
