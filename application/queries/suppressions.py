"""People whom nobody shall call, of all campaigns and of none: who, on whose word, why, and until when."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import Cursor, Instant, Number, Position, means
from application.going_on import going_on
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_text
from application.views.reads import position_in
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.recipient import spelled_streams
from projections import recipient_status
from projections.folded import recipient_of
from projections.recipient_status import SuppressedRow


class SuppressionListed(Struct, frozen=True, kw_only=True):
    """Somebody whom nobody shall call."""

    number: Annotated[Number, means("the spelling that was named")]
    recipient: Annotated[str, means("the person's pseudonym, by which viewers ask about them")]
    position: Position
    since: Instant
    source: Annotated[str | None, means("on whose word; not for viewers")]
    reason: Annotated[str | None, means("not for viewers")]
    expires_at: Annotated[Instant | None, means("null: for good")]
    holds: Annotated[bool, means("whether it still does, or has come to its end")]


class SuppressionsPage(Struct, frozen=True, kw_only=True):
    """Some of them, the latest first."""

    items: list[SuppressionListed]
    next: Cursor
    position: Position
    judged_at: Instant


def suppressions_page(
    parts: Installation, actor: Actor, moment: Moment, before: int, items_max: int
) -> SuppressionsPage:
    """Those that were not lifted, once each; of those said before a position, 0 for all."""
    with parts.reads.reading() as taken:
        position, past = position_in(taken, moment)
        rows = recipient_status.suppressions_page(taken.connection, before, items_max + 1, past)
    following = str(rows[items_max - 1].position) if len(rows) > items_max else None
    return SuppressionsPage(
        items=[_listed(row, moment.instant, actor) for row in rows[:items_max]],
        next=following,
        position=position,
        judged_at=moment.instant,
    )


class PersonSuppressed(Struct, frozen=True, kw_only=True):
    """How it is with one person: all words that keep everybody from calling them, each with the spelling that it names."""

    items: list[SuppressionListed]
    under_way: Annotated[int | None, means("their calls that are, or may be, under way; null where that is not known")]


async def person_suppressed(parts: Installation, actor: Actor, number: str) -> PersonSuppressed:
    """One person in all spellings of the number, folded from the ledger."""
    streams = spelled_streams(number, parts.ledger.recipient_stream)
    items = await asyncio.to_thread(_words_on, parts, actor, streams)
    found = await going_on(parts, lambda one: one.stream in streams)
    return PersonSuppressed(items=items, under_way=None if found is None else found.calls + found.perhaps)


def _words_on(parts: Installation, actor: Actor, streams: Sequence[str]) -> list[SuppressionListed]:
    now = parts.clock()
    found = []
    for stream, events in parts.ledger.read_streams(streams, parts.ledger.position).items():
        person, position = recipient_of(events), max((one.position for one in events), default=0)
        if (held := person.suppression) is not None:
            row = SuppressedRow(
                position=position,
                stream=stream,
                number=person.number,
                source=held.source,
                reason=held.reason,
                since=held.since,
                expires_at=held.expires_at,
            )
            found.append(_listed(row, now, actor))
    return found


def _listed(row: SuppressedRow, now: datetime, actor: Actor) -> SuppressionListed:
    return SuppressionListed(
        number=row.number if actor.sees_numbers else mask(row.number),
        recipient=pseudonym_of(row.stream),
        position=row.position,
        since=row.since,
        source=shown_text(row.source, actor),
        reason=shown_text(row.reason, actor),
        expires_at=row.expires_at,
        holds=row.expires_at is None or row.expires_at > now,
    )
