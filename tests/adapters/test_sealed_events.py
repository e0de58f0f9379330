"""Personal fields, and what a cipher makes of them."""

import msgspec
import pytest
from msgspec import Raw

from adapters.event_mapper import EventMapper
from domain.errors import LedgerUnusable
from domain.events import Event
from tests.adapters.ledger.examples import EXAMPLES, NUMBER
from tests.adapters.mapped import EXAMPLE_OF, KeystreamCipher, read, stored

PERSONAL = [(s, e) for s, e in EXAMPLES if e.PERSONAL & set(e.__struct_fields__)]


def test_a_verdict_is_kept_byte_for_byte_beside_sealed_fields() -> None:
    mapper = EventMapper(KeystreamCipher())
    _, example = EXAMPLE_OF["attempt.started"]
    event = msgspec.structs.replace(example, verdict=Raw(b'{"b": 1.50,  "a":[1,2]}'))

    kept = read(mapper, stored(mapper, event), "attempt.started")

    assert bytes(kept.verdict) == b'{"b": 1.50,  "a":[1,2]}'
    assert kept == event


@pytest.mark.parametrize(("stream", "event"), PERSONAL, ids=lambda value: getattr(value, "NAME", ""))
def test_no_personal_value_stands_in_what_a_cipher_sealed(stream: str, event: Event) -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    values = [
        msgspec.json.encode(getattr(event, name)).strip(b'"')
        for name in event.PERSONAL & set(event.__struct_fields__)
        if getattr(event, name) is not None
    ]
    assert values
    assert all(value in stored(EventMapper(), event, stream) for value in values)

    state = stored(mapper, event, stream)

    assert not any(value in state for value in values)
    assert NUMBER.encode() not in state
    assert read(mapper, state, event.NAME, stream) == event


def test_events_that_are_nobody_s_are_not_sealed() -> None:
    stream, event = EXAMPLE_OF["campaign.started"]
    assert stored(EventMapper(KeystreamCipher()), event, stream) == stored(EventMapper(), event, stream)


@pytest.mark.parametrize(("stream", "event"), EXAMPLES, ids=lambda value: getattr(value, "NAME", ""))
def test_what_was_stored_before_there_was_a_cipher_stays_readable(stream: str, event: Event) -> None:
    before = stored(EventMapper(), event, stream)
    assert read(EventMapper(KeystreamCipher()), before, event.NAME, stream) == event


def test_sealed_fields_without_a_cipher_name_the_key_that_is_missing() -> None:
    stream, event = EXAMPLE_OF["recipient.enrolled"]
    state = stored(EventMapper(KeystreamCipher()), event, stream)

    with pytest.raises(LedgerUnusable, match="sealed with key key-of-1, and there is no cipher"):
        read(EventMapper(), state, event.NAME, stream)


def test_the_key_of_one_stream_does_not_open_another() -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    stream, event = EXAMPLE_OF["recipient.enrolled"]
    state = stored(mapper, event, stream)
    stored(mapper, event, "recipient:other")

    with pytest.raises(AssertionError, match="did not seal this"):
        read(mapper, state, event.NAME, "recipient:other")
