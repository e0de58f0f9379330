"""What a text names: a person by number, pseudonym or reference, a call, an attempt, a campaign."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Struct

from adapters.searched_number import numbers_meant
from application.actor import Actor
from application.fields import Position, means
from application.installation import Installation
from application.queries.masking import shown_number
from domain.identity import CALL_ID_CHARS_MAX, call_stream, pseudonym_of, recipient_stream_of
from domain.recipient import Spelled, all_spelled
from projections import attempt_index, campaign_summary, recipient_status
from projections.calls_of import numbers_of_nobodys_calls
from projections.folded import recipient_of
from projections.views import ViewsSnapshot

SEARCH_CHARS_MAX = CALL_ID_CHARS_MAX
CAMPAIGNS_FOUND_MAX = 20
REFERRED_TO_MAX = 20
MatchKind = Literal["person", "call", "attempt", "campaign"]


class SearchMatch(Struct, frozen=True, kw_only=True):
    """One thing that is meant, or can be."""

    kind: MatchKind
    id: Annotated[str, means("of the call, the attempt or the campaign; of a person the pseudonym")]
    number: Annotated[str | None, means("of a person, as it was first known")]
    recipient: Annotated[str | None, means("whose attempt it is: the pseudonym")]


class Found(Struct, frozen=True, kw_only=True):
    """All that is meant: people first."""

    items: list[SearchMatch]
    position: Position


def find(parts: Installation, actor: Actor, text: str) -> Found:
    """What this text names, as far as the views have come; campaigns by a part of their id as well.

    To those who do not see numbers nobody is found by one, nor by the reference that a campaign has for them.
    """
    with parts.reads.reading() as taken:
        items = [
            *_people(parts, actor, taken, text),
            *_calls(parts, text),
            *_attempts(taken, text),
            *_campaigns(taken, text),
        ]
        return Found(items=items, position=taken.position)


def _people(parts: Installation, actor: Actor, taken: ViewsSnapshot, text: str) -> Iterator[SearchMatch]:
    """By pseudonym, number or reference: each person once, in whatever spelling they are known."""
    wanted = _named(parts, recipient_stream_of(text))
    if actor.sees_numbers:
        for stream in recipient_status.streams_referred_to(taken.connection, text, REFERRED_TO_MAX):
            wanted += _named(parts, stream)
        wanted += [all_spelled(number, parts.ledger.recipient_stream) for number in numbers_meant(text)]
    streams = {stream for one in wanted for stream in one.streams}
    read = parts.ledger.read_streams(sorted(streams), parts.ledger.position) if streams else {}
    numbers = {number for one in wanted for number in one.numbers}
    called = numbers_of_nobodys_calls(taken.connection, numbers)
    seen: set[str] = set()
    for one in wanted:
        known = [
            (number, stream)
            for number, stream in zip(one.numbers, one.streams, strict=True)
            if stream in read or number in called
        ]
        if known and seen.isdisjoint(one.streams):
            number, stream = known[0]
            yield SearchMatch(
                kind="person", id=pseudonym_of(stream), number=shown_number(number, actor), recipient=None
            )
        seen.update(one.streams)


def _named(parts: Installation, stream: str) -> list[Spelled]:
    """The person of this stream."""
    number = recipient_of(parts.ledger.read_stream(stream)).number
    return [all_spelled(number, parts.ledger.recipient_stream)] if number else []


def _calls(parts: Installation, text: str) -> Iterator[SearchMatch]:
    # Whether it is there, without reading it: None says that there is more than one event.
    if parts.ledger.read_newer({call_stream(text): 0}, 1) != []:
        yield SearchMatch(kind="call", id=text, number=None, recipient=None)


def _attempts(taken: ViewsSnapshot, text: str) -> Iterator[SearchMatch]:
    for row in attempt_index.rows_of(taken.connection, [text]):
        yield SearchMatch(kind="attempt", id=row.attempt_id, number=None, recipient=pseudonym_of(row.stream))


def _campaigns(taken: ViewsSnapshot, text: str) -> Iterator[SearchMatch]:
    """The one of this id, or those with it in their id, the newest first."""
    if not text:
        return
    part = text.lower().replace(" ", "_")
    for one in campaign_summary.named_like(taken.connection, text, part, CAMPAIGNS_FOUND_MAX):
        yield SearchMatch(kind="campaign", id=one, number=None, recipient=None)
