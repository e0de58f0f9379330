"""Which streams are about a call, a person or a campaign."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from adapters.ledger import LedgerReader
from domain.errors import InvalidInput, NotFound
from domain.events import Recorded
from domain.identity import call_stream, campaign_stream, parse_call_id, parse_campaign_id
from domain.phone_number import is_e164
from domain.recipient import RecipientEnrolled
from domain.recipient.spelled import spelled_streams

SubjectKind = Literal["call", "number", "campaign"]
EVENTS_MAX = 50_000
STREAMS_MAX = 20_000
ROWS_A_BATCH = 5_000
STREAMS_A_READ = 500


class Subject(Struct, frozen=True):
    """What a bundle is about: a call by its id, a person by a number in E.164 form, or a campaign by its slug."""

    kind: SubjectKind
    name: str


def find_subject(reader: LedgerReader, text: str, kind: SubjectKind | None, up_to: int) -> Subject:
    """What is meant by a word. Raises `NotFound`, and `InvalidInput` where a call and a campaign have that name."""
    kinds: tuple[SubjectKind, ...] = (kind,) if kind else ("number",) if text.startswith("+") else ("call", "campaign")
    found = [one for one in kinds if reader.read_stream_rows(_own_streams(reader, one, text), up_to)]
    if not found:
        raise NotFound(f"nothing is known of {' or '.join(kinds)} {text!a} in what the log has so far")
    if len(found) > 1:
        raise InvalidInput("SUBJECT", f"{text!a} is a call and a campaign; say which is meant, as call or as campaign")
    return Subject(found[0], text)


def streams_about(reader: LedgerReader, subject: Subject, up_to: int) -> list[str]:
    """The streams, in order. Raises `InvalidInput` for more than a bundle may have."""
    own = _own_streams(reader, subject.kind, subject.name)
    if subject.kind == "campaign":
        own += _enrolled(reader, subject.name, up_to)
    found = dict.fromkeys(own)
    for event in _events(reader, own, up_to):
        found |= dict.fromkeys(_led_to(subject, event))
        if len(found) > STREAMS_MAX:
            raise InvalidInput("SUBJECT", f"has more than {STREAMS_MAX} streams: make bundles of its calls or people")
    return sorted(found)


def _own_streams(reader: LedgerReader, kind: SubjectKind, name: str) -> list[str]:
    if kind == "number":
        if not is_e164(name):
            raise InvalidInput("SUBJECT", "is no phone number; write it like +15551230002")
        return spelled_streams(name, reader.recipient_stream)
    if kind == "call":
        return [call_stream(parse_call_id(name, "SUBJECT"))]
    try:
        return [campaign_stream(parse_campaign_id(name))]
    except InvalidInput:
        return []


def _led_to(subject: Subject, event: Recorded) -> Iterator[str]:
    """The streams that an event names, as far as they are about the subject."""
    campaign, call = getattr(event.event, "campaign_id", None), getattr(event.event, "call_id", None)
    person = getattr(event.event, "recipient", None)
    if subject.kind == "campaign":
        if call and campaign == subject.name:
            yield call_stream(call)
        return
    if campaign:
        yield campaign_stream(campaign)
    if subject.kind == "call" and isinstance(person, str) and person.startswith("recipient:"):
        yield person
    if subject.kind == "number" and call:
        yield call_stream(call)


def _enrolled(reader: LedgerReader, campaign_id: str, up_to: int) -> list[str]:
    """The people whom a campaign may call, as they were enrolled."""
    found: dict[str, None] = {}
    at, names = 0, f'"{campaign_id}"'.encode()
    while rows := reader.read_rows(at, ROWS_A_BATCH):
        at = rows[-1][0]
        found |= {
            row[1]: None for row in rows if row[3] == RecipientEnrolled.NAME and row[0] <= up_to and names in row[4]
        }
        if len(found) > STREAMS_MAX:
            raise InvalidInput("SUBJECT", f"has more than {STREAMS_MAX} people: make bundles of its calls or people")
        if at >= up_to:
            break
    return [
        stream
        for some in _portions(list(found))
        for stream, events in reader.read_streams(some, up_to).items()
        if any(isinstance(one.event, RecipientEnrolled) and one.event.campaign_id == campaign_id for one in events)
    ]


def _events(reader: LedgerReader, streams: list[str], up_to: int) -> Iterator[Recorded]:
    for some in _portions(streams):
        for events in reader.read_streams(some, up_to).values():
            yield from events


def _portions(streams: list[str]) -> Iterable[list[str]]:
    return (streams[at : at + STREAMS_A_READ] for at in range(0, len(streams), STREAMS_A_READ))
