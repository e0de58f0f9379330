"""A person who is known in several spellings of the number: what their streams say together."""

import heapq
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.person import spellings
from domain.recipient.consent import consents_together
from domain.recipient.declined import declines_together
from domain.recipient.enrollment import Enrollment
from domain.recipient.rang_back import together
from domain.recipient.state import RecipientState
from domain.recipient.suppression import longer

StreamOf = Callable[[str], str]
"""The stream of a number, under the ledger's key."""


class Spelled(Struct, frozen=True):
    """A person in all spellings of the number, and the streams that these have, or would have, in the same order."""

    numbers: tuple[str, ...]
    streams: tuple[str, ...]


def all_spelled(number: str, stream_of: StreamOf) -> Spelled:
    """The person with this number; its own spelling is the first."""
    numbers = spellings(number)
    return Spelled(numbers, tuple(stream_of(one) for one in numbers))


def spelled_streams(number: str, stream_of: StreamOf) -> list[str]:
    """The streams that all spellings of a number have, or would have; its own is the first."""
    return [stream_of(one) for one in spellings(number)]


def other_streams(number: str, stream_of: StreamOf) -> list[str]:
    """The streams that the other spellings of a number have, or would have; none of nobody's."""
    return [stream_of(other) for other in spellings(number)[1:]] if number else []


def call_ids(person: RecipientState) -> frozenset[str]:
    """Every call that a verdict on them may hang on: those of their attempts, and those with which they rang back."""
    placed = (a.call_id for a in person.attempts if a.call_id is not None)
    return frozenset((*placed, *(one.call_id for one in person.rang_back)))


def as_person(own: RecipientState, others: Sequence[RecipientState]) -> RecipientState:
    """The person with `own` number and enrolments, and with the attempts and the suppression of all spellings.

    What the provider refused of another spelling says nothing of this one: the request for that number was wrong.
    """
    known = [other for other in others if other.number]
    if not known:
        return own
    suppression = own.suppression
    attempts = [own.attempts]
    for other in known:
        if other.suppression is not None:
            suppression = longer(suppression, replace(other.suppression, spelling=other.number))
        attempts.append(tuple(a for a in other.attempts if not a.refuses_number))
    return replace(
        own,
        enrollments={i: _with_others(i, enrollment, known) for i, enrollment in own.enrollments.items()},
        suppression=suppression,
        # Each spelling's are in the ledger's order, which a clock that was set right does not change.
        attempts=tuple(heapq.merge(*attempts, key=lambda a: a.started_at)),
        consents=consents_together([own.consents, *(other.consents for other in known)]),
        declines=declines_together(own.declines, *(other.declines for other in known)),
        rang_back=together(own.rang_back, *(other.rang_back for other in known)),
    )


def each_spelled(spelled: Sequence[RecipientState]) -> list[RecipientState]:
    """The person by each of the spellings that are known, with what is known of all others."""
    return [as_person(one, [other for other in spelled if other is not one]) for one in spelled if one.number]


def _with_others(campaign_id: str, enrollment: Enrollment, others: Sequence[RecipientState]) -> Enrollment:
    """Whoever was taken out of a campaign, or wished to be called, was meant, not a spelling."""
    theirs = [one for other in others if (one := other.enrollments.get(campaign_id)) is not None]
    wishes = [one.callback for one in (enrollment, *theirs) if one.callback is not None]
    if wishes:
        enrollment = replace(enrollment, callback=max(wishes, key=lambda wish: wish.set_at))
    said = [one.callback_said_at for one in (enrollment, *theirs) if one.callback_said_at is not None]
    if said:
        enrollment = replace(enrollment, callback_said_at=max(said))
    out = next((one for one in (enrollment, *theirs) if one.withdrawn), None)
    if out is None:
        return enrollment
    return replace(enrollment, withdrawn=True, withdrawn_cause=out.withdrawn_cause, withdrawn_why=out.withdrawn_why)
