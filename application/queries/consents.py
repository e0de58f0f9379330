"""What a person agreed to be called for, as it is shown: each consent with whether it holds, what took it back, and what was begun on it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import Count, Instant, Position, means
from application.installation import Installation
from application.queries.masking import shown_text
from domain.dialing import purpose_of
from domain.events import Recorded
from domain.recipient import ConsentGiven, ConsentUsed, all_spelled, consents_together
from projections.folded import recipient_of

CONSENTS_SHOWN_MAX = 100


class ConsentShown(Struct, frozen=True, kw_only=True):
    """A consent. It holds until it is taken back or `until`; how old it may be each campaign's policy says."""

    consent_id: str
    purpose: str
    basis: str
    text: Annotated[str | None, means("what they agreed to; not for viewers")]
    text_version: str | None
    source: Annotated[str | None, means("where it comes from; not for viewers")]
    by: Annotated[str | None, means("who gave it, or took it down; not for viewers")]
    given_at: Instant
    until: Annotated[Instant | None, means("null: until it is taken back")]
    revoked_at: Annotated[Instant | None, means("when it was taken back; null where it was not")]
    holds: bool
    used: Annotated[Count, means("attempts that were begun on it")]
    recorded_at: Instant
    position: Position


class ConsentsKnown(Struct, frozen=True, kw_only=True):
    """What somebody agreed to, the latest first, and the purposes of the campaigns that they are in."""

    consents: list[ConsentShown]
    purposes: list[str]


def consents_known(parts: Installation, number: str, actor: Actor) -> ConsentsKnown:
    """Of the person with this number, in every spelling; nothing of who is not known."""
    position = parts.ledger.position
    found = parts.ledger.read_streams(all_spelled(number, parts.ledger.recipient_stream).streams, position)
    campaigns = sorted({one for events in found.values() for one in recipient_of(events).enrollments})
    purposes = dict.fromkeys(purpose_of(parts.reads.campaign_state(one, position)) for one in campaigns)
    return ConsentsKnown(consents=consents_shown(found.values(), parts.clock(), actor), purposes=list(purposes))


def consents_shown(streams: Iterable[Sequence[Recorded]], now: datetime, actor: Actor) -> list[ConsentShown]:
    """Of all spellings, the latest given first."""
    read = list(streams)
    known = consents_together(recipient_of(events).consents for events in read)
    used: Counter[str] = Counter()
    given: dict[str, tuple[Recorded, ConsentGiven]] = {}
    for recorded in (one for events in read for one in events):
        if isinstance(recorded.event, ConsentUsed):
            used[recorded.event.consent_id] += 1
        elif isinstance(recorded.event, ConsentGiven):
            given.setdefault(recorded.event.consent_id, (recorded, recorded.event))
    shown = []
    for consent_id, (recorded, event) in given.items():
        revoked_at = known.revoked_at(known.given[consent_id])
        shown.append(_shown(recorded, event, revoked_at, used[consent_id], now, actor))
    return sorted(shown, key=lambda one: (one.given_at, one.position), reverse=True)[:CONSENTS_SHOWN_MAX]


def _shown(
    recorded: Recorded, event: ConsentGiven, revoked_at: datetime | None, used: int, now: datetime, actor: Actor
) -> ConsentShown:
    return ConsentShown(
        consent_id=event.consent_id,
        purpose=event.purpose,
        basis=event.basis,
        text=shown_text(event.text, actor),
        text_version=event.text_version,
        source=shown_text(event.source, actor),
        by=shown_text(event.by, actor),
        given_at=event.given_at,
        until=event.until,
        revoked_at=revoked_at,
        holds=revoked_at is None and (event.until is None or now < event.until),
        used=used,
        recorded_at=recorded.recorded_at,
        position=recorded.position,
    )
