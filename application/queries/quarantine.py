"""The quarantine: deliveries that could not be read, as what each was read since, and whether it could be read now."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from application.actor import Actor
from application.fields import CallId, Count, Cursor, Instant, Position, means
from application.installation import Installation
from application.queries.deliveries import ReceivedAt, RecordedAt
from application.queries.masking import shown_text, shown_word
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import quarantine_stream
from domain.quarantine import DeliveryQuarantined, DeliveryReadAgain
from projections import quarantined
from projections.deliveries import delivered
from projections.quarantined import PutAway

DIGEST_HEX_CHARS = 64
Digest = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{DIGEST_HEX_CHARS}}}$", description="SHA-256 of the body")]


class ReadSince(Struct, frozen=True, kw_only=True):
    """As what a delivery was read."""

    position: Position
    call_id: CallId
    event: Annotated[str | None, means("the report's name; to viewers only where it looks like one")]
    recorded_at: Instant


class QuarantinedShown(Struct, frozen=True, kw_only=True):
    """A delivery in quarantine."""

    digest: Digest
    position: Position
    received_at: ReceivedAt
    recorded_at: RecordedAt
    reason: Annotated[str | None, means("why it could not be read then; null to viewers")]
    bytes: Annotated[Count, means("how long its body is")]
    read: Annotated[ReadSince | None, means("null while it was not read")]
    readable: Annotated[bool, means("whether it can be read now")]


class QuarantinedWhole(QuarantinedShown, frozen=True, kw_only=True):
    """A delivery in quarantine, with all that came."""

    reason_now: Annotated[str | None, means("why it cannot be read now; null where it can be, and to viewers")]
    headers: Annotated[Mapping[str, str], means("those of the signature; none to viewers")]
    body_base64: Annotated[str | None, means("the bytes as they came; null to viewers")]


class QuarantinePage(Struct, frozen=True, kw_only=True):
    """Some deliveries in quarantine, the latest first."""

    items: list[QuarantinedShown]
    next: Cursor
    position: Position


def quarantine_page(parts: Installation, actor: Actor, before: int, limit: int) -> QuarantinePage:
    """Those that came before a position, or all where that is 0, as far as the views have come. Raises `ViewsUnusable`."""
    with parts.reads.reading() as taken:
        found = quarantined.latest(taken.connection, before, limit + 1)
    return QuarantinePage(
        items=_kept(parts, actor, found[:limit]),
        next=str(found[limit - 1].position) if len(found) > limit else None,
        position=taken.position,
    )


def latest_unread(parts: Installation, actor: Actor, items_max: int) -> list[QuarantinedShown]:
    """The latest that nobody has read again, as far as the views have come. Raises `ViewsUnusable`."""
    with parts.reads.reading() as taken:
        found = quarantined.latest(taken.connection, 0, items_max, only_unread=True)
    return [one for one in _kept(parts, actor, found) if one.read is None]


def _kept(parts: Installation, actor: Actor, found: Sequence[PutAway]) -> list[QuarantinedShown]:
    """What is in their streams by now; a reading may be there before the views know of it."""
    streams = [quarantine_stream(one.digest) for one in found]
    kept = parts.ledger.read_streams(streams, parts.ledger.position) if streams else {}
    return [_shown(kept[stream], actor) for stream in streams if stream in kept]


def quarantined_whole(parts: Installation, actor: Actor, digest: str) -> QuarantinedWhole:
    """One of them. Raises `NotFound`."""
    stream = parts.ledger.read_stream(quarantine_stream(digest))
    if not stream:
        raise NotFound("no delivery in quarantine has this digest; `dialtrail quarantine list` shows those that are")
    event = _delivery(stream)
    sees_all = actor.sees_numbers
    return QuarantinedWhole(
        **asdict(_shown(stream, actor)),
        reason_now=shown_text(_fault(event), actor),
        headers=event.headers if sees_all else {},
        body_base64=b64encode(event.body).decode() if sees_all else None,
    )


def _shown(stream: Sequence[Recorded], actor: Actor) -> QuarantinedShown:
    event = _delivery(stream)
    came = delivered(stream[0])
    read = next((one for one in stream if isinstance(one.event, DeliveryReadAgain)), None)
    return QuarantinedShown(
        digest=event.digest,
        position=stream[0].position,
        received_at=None if came is None else came.received_at,
        recorded_at=stream[0].recorded_at,
        reason=shown_text(event.reason, actor),
        bytes=len(event.body),
        read=None if read is None else _read_since(read, actor),
        readable=read is not None or _fault(event) is None,
    )


def _read_since(recorded: Recorded, actor: Actor) -> ReadSince:
    event = recorded.event
    assert isinstance(event, DeliveryReadAgain)  # noqa: S101 - it was chosen for that
    return ReadSince(
        position=recorded.position,
        call_id=event.call_id,
        event=shown_word(event.report, actor),
        recorded_at=recorded.recorded_at,
    )


def _delivery(stream: Sequence[Recorded]) -> DeliveryQuarantined:
    event = stream[0].event
    assert isinstance(event, DeliveryQuarantined)  # noqa: S101 - such a stream begins with it
    return event


def _fault(event: DeliveryQuarantined) -> str | None:
    try:
        read_delivery(event.body, event.headers)
    except UnreadableDelivery as unreadable:
        return str(unreadable)
    return None
