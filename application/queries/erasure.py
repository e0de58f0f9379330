"""What an erasure of a person would destroy: their streams in all spellings, their calls, and what lies in quarantine and names them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from application.installation import Installation
from domain.errors import Conflict, NotFound
from domain.identity import call_stream
from domain.quarantine import DeliveryQuarantined
from domain.recipient import RecipientState, Spelled, all_spelled, call_ids
from projections.calls_of import latest_of
from projections.folded import recipient_of

CALLS_ERASED_MAX = 5_000
QUARANTINED_LOOKED_AT_MAX = 1_000_000
QUARANTINED_ASKED_MAX = 1_000
"""Whoever only asks what would go waits for no more to be decoded; whoever erases, for all."""
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
NOT_SEALED = "this ledger was begun without sealing, so that nothing in it can be erased; docs/erasure.md says how one begins that can"


class PersonToErase(Struct, frozen=True, kw_only=True):
    """What belongs to a person: `people` by the streams of the spellings that are known, the ids of `calls`, and the streams in `quarantine`.

    `keys` are all that their personal fields are sealed with, and the kind of each; `seen` all streams that were looked at,
    those of spellings that are not known among them, and `position` where the ledger was before. `not_looked_at` is how many
    more lie in quarantine.
    """

    people: Mapping[str, RecipientState]
    calls: list[str]
    quarantine: list[str]
    keys: Mapping[str, str]
    seen: frozenset[str]
    position: int
    not_looked_at: int

    @property
    def streams(self) -> int:
        """How many streams they are."""
        return len(self.people) + len(self.calls) + len(self.quarantine)


def person_known(parts: Installation, number: str) -> Mapping[str, RecipientState]:
    """A person by the streams of the spellings that are known. Raises `NotFound`."""
    spelled = all_spelled(number, parts.ledger.recipient_stream)
    found = parts.ledger.read_streams(spelled.streams, parts.ledger.position)
    people = {stream: recipient_of(found[stream]) for stream in spelled.streams if stream in found}
    if not people:
        raise NotFound("nobody is known by this number, in whatever spelling")
    return people


class ErasureStanding(Struct, frozen=True, kw_only=True):
    """What stands of a person's erasure: since when they are erased, None where they are not; whether a legal hold stands,
    and why; who asked for it and waits for a second person, and until when; whether it takes two.
    """

    erased_at: datetime | None
    is_held: bool
    hold_reason: str | None
    requested_by: str | None
    waits_until: datetime | None
    takes_two: bool


def erasure_standing(parts: Installation, people: Mapping[str, RecipientState], now: datetime) -> ErasureStanding:
    """How it stands with the erasure of the person behind these streams."""
    spelled = [one.erasure for one in people.values()]
    holds = [one.hold for one in spelled if one.hold is not None]
    requests = [one.requested for one in spelled if one.requested is not None and one.requested.expires_at > now]
    asked = max(requests, key=lambda one: one.expires_at, default=None)
    is_erased = all(one.erased_at is not None for one in spelled)
    return ErasureStanding(
        erased_at=max(one.erased_at for one in spelled if one.erased_at is not None) if is_erased else None,
        is_held=bool(holds),
        hold_reason=next((one.reason for one in holds if one.reason is not None), None),
        requested_by=None if asked is None else asked.requested_by,
        waits_until=None if asked is None else asked.expires_at,
        takes_two=takes_two(parts, people),
    )


def takes_two(parts: Installation, people: Mapping[str, RecipientState]) -> bool:
    """Whether a campaign that they are in takes a second person for what it does."""
    campaigns = {one for person in people.values() for one in person.enrollments}
    return any(parts.reads.campaign_state(one, parts.ledger.position).needs_approval for one in campaigns)


def person_to_erase(parts: Installation, number: str, *, is_asked: bool = False) -> PersonToErase:
    """All that belongs to the person with this number, as far as views and ledger have come.

    Where it `is_asked` only, no more than QUARANTINED_ASKED_MAX deliveries in quarantine are looked at. Raises `NotFound`, and `Conflict` where the ledger is not sealed, or it is too much.
    """
    sealed = parts.ledger.sealed
    if sealed is None:
        raise Conflict(NOT_SEALED)
    position = parts.ledger.position
    spelled = all_spelled(number, parts.ledger.recipient_stream)
    people = person_known(parts, number)
    with parts.reads.reading() as taken:
        ids = dict.fromkeys(latest_of(taken.connection, spelled, taken.position, CALLS_ERASED_MAX + 1))
    ids |= dict.fromkeys(sorted(one for person in people.values() for one in call_ids(person)))
    if len(ids) > CALLS_ERASED_MAX:
        raise Conflict(f"this person has more than {CALLS_ERASED_MAX:,} calls, which is no person; nothing was erased")
    lying = _in_quarantine(parts)
    looked_at = lying[:QUARANTINED_ASKED_MAX] if is_asked else lying
    quarantine = list(_naming(parts, looked_at, spelled))
    streams = [*people, *(call_stream(one) for one in ids), *quarantine]
    return PersonToErase(
        people=people,
        calls=list(ids),
        quarantine=quarantine,
        keys=sealed.of(streams),
        seen=frozenset((*streams, *spelled.streams)),
        position=position,
        not_looked_at=len(lying) - len(looked_at),
    )


def _in_quarantine(parts: Installation) -> list[str]:
    """The streams of deliveries that could not be read. Raises `Conflict` where they are too many to be looked at."""
    streams = parts.ledger.streams_of("quarantine")
    if len(streams) > QUARANTINED_LOOKED_AT_MAX:
        raise Conflict(
            f"more than {QUARANTINED_LOOKED_AT_MAX:,} deliveries lie in quarantine, and cannot all be looked at; nothing was erased"
        )
    return list(streams)


def _naming(parts: Installation, streams: Sequence[str], spelled: Spelled) -> Iterator[str]:
    """Those of the deliveries that have the number in them, by its digits alone, however it is written."""
    digits = [number.removeprefix("+").encode() for number in spelled.numbers]
    for stream in streams:
        for recorded in parts.ledger.read_stream(stream):
            event = recorded.event
            if isinstance(event, DeliveryQuarantined):
                body = event.body.translate(None, _NO_DIGITS)
                if any(one in body for one in digits):
                    yield stream
