import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, Struct

from adapters.event_mapper import Envelope, EventMapper, Stamp
from domain.errors import LedgerUnusable
from domain.events import EVENTS, Event
from domain.recipient import AttemptStarted, RecipientEnrolled
from tests.adapters.ledger.examples import EXAMPLES, METADATA
from tests.adapters.ledger.examples_of_people import PERSON, RECORDED_AT
from tests.adapters.mapped import EXAMPLE_OF, KeystreamCipher, read, stored
from tests.examples import examples

GOLDEN = Path(__file__).parent / "ledger" / "stored_events.jsonl"
TEXTS = st.text(max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.datetimes(timezones=st.just(UTC))
BY_TYPE: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: INTEGERS,
    float: st.floats(allow_nan=False, allow_infinity=False),
    bytes: st.binary(max_size=40),
    bool: st.booleans(),
    type(None): st.none(),
    date: st.dates(),
    datetime: TIMES,
    Raw: JSON.map(msgspec.json.encode).map(Raw),
    Any: JSON,
}


def a_value_of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return an_event(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is tuple:
        return st.lists(a_value_of(parts[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(a_value_of(parts[0]), a_value_of(parts[1]), max_size=3)
    return st.one_of([a_value_of(part) for part in parts]) if origin in {Union, UnionType} else st.from_type(hint)


@cache
def an_event(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__}
    return st.builds(kind, **{name: a_value_of(hint) for name, hint in hints.items()})


def test_there_is_an_example_of_every_kind_of_event() -> None:
    assert sorted(EXAMPLE_OF) == sorted(EVENTS)
    assert len(EXAMPLES) == len(EVENTS)


@pytest.mark.parametrize("line", GOLDEN.read_text().splitlines(), ids=lambda line: str(json.loads(line)["name"]))
def test_what_was_once_stored_is_read_and_would_be_stored_the_same_again(line: str) -> None:
    golden = json.loads(line)
    stream, event = EXAMPLE_OF[golden["name"]]
    mapper = EventMapper()

    recorded = mapper.decode(7, stream, golden["version"], golden["name"], golden["state"].encode())

    assert recorded == msgspec.structs.replace(
        recorded,
        position=7,
        event_id=f"event-{golden['version']}",
        stream=golden["stream"],
        version=golden["version"],
        recorded_at=RECORDED_AT,
        metadata=METADATA,
        event=event,
    )
    again = mapper.encode(
        stream,
        recorded.version,
        recorded.event_id,
        Stamp(recorded_at=recorded.recorded_at),
        recorded.metadata,
        recorded.event,
    )
    assert again == golden["state"].encode()


def test_every_kind_of_event_is_among_those_once_stored() -> None:
    assert [json.loads(line)["name"] for line in GOLDEN.read_text().splitlines()] == [e.NAME for _, e in EXAMPLES]


class Whole(Struct, kw_only=True, omit_defaults=True):
    """An event with all that is around it, as it was encoded in one piece until 0.2."""

    shape: int = 1
    sealed: Any = None
    event_id: str
    recorded_at: datetime
    clock_at: datetime | None = None
    passed_at: datetime | None = None
    metadata: Mapping[str, str]
    event: Any


@pytest.mark.parametrize("name", sorted(EVENTS))
@given(
    data=st.data(),
    stamp=st.builds(Stamp, recorded_at=TIMES, clock_at=st.none() | TIMES, passed_at=st.none() | TIMES),
    metadata=st.dictionaries(TEXTS, TEXTS, max_size=3),
    event_id=TEXTS,
    shape=st.integers(1, 3),
)
@settings(max_examples=examples(15, least=5), deadline=None, database=None)
def test_every_event_is_stored_in_parts_as_in_one_piece_and_comes_back_equal_sealed_or_not(
    name: str, data: st.DataObject, stamp: Stamp, metadata: dict[str, str], event_id: str, shape: int
) -> None:
    event = data.draw(an_event(EVENTS[name]))
    mapper = EventMapper(lifts={name: [dict] * (shape - 1)})
    around: dict[str, Any] = {
        "shape": shape,
        "event_id": event_id,
        **msgspec.structs.asdict(stamp),
        "metadata": metadata,
    }

    assert mapper.encode(PERSON, 3, event_id, stamp, metadata, event) == msgspec.json.encode(
        Whole(**around, event=event)
    )

    sealing = EventMapper(KeystreamCipher(), lifts={name: [dict] * (shape - 1)})
    state = sealing.encode(PERSON, 3, event_id, stamp, metadata, event)
    found = msgspec.json.decode(state, type=dict[str, Raw])
    assert event.PERSONAL or "sealed" not in found
    assert state == msgspec.json.encode(Whole(**around, sealed=found.get("sealed"), event=found["event"]))

    for plain_or_sealing in (EventMapper(), EventMapper(KeystreamCipher())):
        assert read(plain_or_sealing, stored(plain_or_sealing, event), name) == event


@pytest.mark.parametrize(("stream", "event"), EXAMPLES, ids=lambda value: getattr(value, "NAME", ""))
def test_the_stored_topic_is_the_permanent_name(stream: str, event: Event) -> None:
    envelope = Envelope(
        originator_id=stream,
        originator_version=4,
        event_id="event-1",
        stamp=Stamp(recorded_at=RECORDED_AT),
        metadata=METADATA,
        event=event,
    )
    mapper = EventMapper()

    stored_event = mapper.to_stored_event(envelope)

    assert stored_event == StoredEvent(stream, 4, event.NAME, stored(mapper, event, stream))
    assert type(event).__name__.encode() not in stored_event.state
    assert type(event).__module__.encode() not in stored_event.state
    assert mapper.to_domain_event(stored_event) == envelope


def test_a_verdict_is_kept_byte_for_byte_when_the_buffer_is_gone() -> None:
    mapper = EventMapper()
    verdict = Raw(b'{"b": 1.50,  "a":[1,2]}')
    _, example = EXAMPLE_OF["attempt.started"]
    event = msgspec.structs.replace(example, verdict=verdict)
    buffer = bytearray(stored(mapper, event))

    kept = read(mapper, bytes(buffer), "attempt.started")
    buffer[:] = b"x" * len(buffer)

    assert bytes(kept.verdict) == bytes(verdict)
    assert kept == event
    assert stored(mapper, kept) == stored(mapper, event)


@pytest.mark.parametrize("cipher", [None, KeystreamCipher()], ids=["plain", "sealed"])
@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"event_id":"e"}'])
def test_damaged_bytes_name_the_event_and_not_what_stood_there(damage: bytes, cipher: KeystreamCipher | None) -> None:
    with pytest.raises(LedgerUnusable, match=r"event 3 of recipient stream, recipient\.enrolled, cannot be read"):
        read(EventMapper(cipher), damage, "recipient.enrolled")


@pytest.mark.parametrize("state", ['{"event_id":"e"}', 5, None])
def test_a_state_that_another_program_made_something_else_of_is_said_to_be_that(state: Any) -> None:
    with pytest.raises(LedgerUnusable, match="another program has written its state"):
        EventMapper().decode(1, "recipient:1", 3, "recipient.enrolled", state)


def test_a_field_that_is_not_what_it_must_be_names_the_event_and_the_field() -> None:
    _, event = EXAMPLE_OF["attempt.refused"]
    state = stored(EventMapper(), event).replace(b'"concerns":"recipient"', b'"concerns":"the moon"')

    with pytest.raises(LedgerUnusable, match=r"attempt\.refused, cannot be read.*concerns"):
        read(EventMapper(), state, "attempt.refused")


def test_fields_that_are_not_known_are_passed_over() -> None:
    _, event = EXAMPLE_OF["recipient.enrolled"]
    state = stored(EventMapper(), event).replace(b'"number":', b'"mood":"good","number":')
    assert read(EventMapper(), state, event.NAME) == event


def test_an_empty_event_is_stored_as_small_as_can_be() -> None:
    enrolled = RecipientEnrolled(campaign_id="c", number="+1")
    assert stored(EventMapper(), enrolled).endswith(b'"event":{"campaign_id":"c","number":"+1"}}')


def test_the_time_of_a_stored_event_can_be_had_alone() -> None:
    started = AttemptStarted(attempt_id="a", campaign_id="c", request="{}", epoch="e", verdict=Raw(b"{}"))
    assert EventMapper().stamp(stored(EventMapper(), started)) == Stamp(recorded_at=RECORDED_AT)
    assert EventMapper().stamp(stored(EventMapper(KeystreamCipher()), started)) == Stamp(recorded_at=RECORDED_AT)


@pytest.mark.parametrize("mapper", [EventMapper(), EventMapper(KeystreamCipher())], ids=["plain", "sealed"])
def test_what_the_clock_said_is_stored_where_the_event_was_recorded_later(mapper: EventMapper) -> None:
    stamp = Stamp(
        recorded_at=RECORDED_AT, clock_at=RECORDED_AT - timedelta(hours=2), passed_at=RECORDED_AT - timedelta(hours=1)
    )
    enrolled = RecipientEnrolled(campaign_id="c", number="+1")
    state = mapper.encode(PERSON, 3, "event-1", stamp, METADATA, enrolled)

    assert mapper.stamp(state) == stamp
    known = mapper.decode(7, PERSON, 3, enrolled.NAME, state)
    assert (known.clock_at, known.passed_at) == (stamp.clock_at, stamp.passed_at)
    assert (known.counts_from, known.passed) == (stamp.clock_at, stamp.passed_at)
