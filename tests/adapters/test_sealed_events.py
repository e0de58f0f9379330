"""Personal fields, and what a cipher makes of them."""

import json

import msgspec
import pytest
from msgspec import Raw

from adapters.event_mapper import EventMapper
from domain.errors import LedgerUnusable
from domain.events import Event
from tests.adapters.ledger.examples import EXAMPLES, NUMBER
from tests.adapters.mapped import EXAMPLE_OF, KeystreamCipher, read, stored

NEVER_ERASED = {"campaign.created", "campaign.revised"}
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

    with pytest.raises(LedgerUnusable, match=r"sealed with key number-of-recipient.*, and there is no cipher"):
        read(EventMapper(), state, event.NAME, stream)


def test_what_was_sealed_for_one_stream_opens_in_no_other() -> None:
    mapper = EventMapper(KeystreamCipher())
    stream, event = EXAMPLE_OF["recipient.enrolled"]
    state = stored(mapper, event, stream)

    with pytest.raises(AssertionError, match="did not seal this here"):
        read(mapper, state, event.NAME, "recipient:other")


@pytest.mark.parametrize(("stream", "event"), PERSONAL, ids=lambda value: getattr(value, "NAME", ""))
def test_what_is_erased_says_so_and_leaves_the_rest(stream: str, event: Event) -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    state = stored(mapper, event, stream)
    kinds = {one["kind"] for one in json.loads(state)["sealed"]}
    cipher.keys.clear()

    if event.NAME in NEVER_ERASED:
        with pytest.raises(LedgerUnusable, match="was erased, and nothing can stand in its place"):
            mapper.decode(7, stream, 3, event.NAME, state)
        return
    recorded = mapper.decode(7, stream, 3, event.NAME, state)

    assert set(recorded.erased) == kinds
    for name in event.__struct_fields__:
        if name not in event.PERSONAL:
            assert getattr(recorded.event, name) == getattr(event, name)
        elif isinstance(getattr(event, name), str):
            assert getattr(recorded.event, name) == "erased"
        elif name == "snapshot":
            erased = msgspec.structs.replace(event.snapshot, from_number="erased", to_number="erased")  # type: ignore[union-attr]
            assert recorded.event.snapshot == erased  # type: ignore[union-attr]


def test_of_several_kinds_one_can_be_erased_by_itself() -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    stream, event = EXAMPLE_OF["call.gathered"]
    state = stored(mapper, event, stream)
    cipher.keys.pop(f"body-of-{stream}")

    recorded = mapper.decode(7, stream, 3, event.NAME, state)

    assert recorded.erased == ("body",)
    assert recorded.event == msgspec.structs.replace(event, body="erased", raw=None)


@pytest.mark.parametrize("digits", [None, "", " "])
def test_that_nothing_was_pressed_is_no_secret(digits: str | None) -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    stream, event = EXAMPLE_OF["call.gathered"]
    event = msgspec.structs.replace(event, digits=digits)
    state = stored(mapper, event, stream)
    cipher.keys.clear()

    assert mapper.decode(7, stream, 3, event.NAME, state).event.digits == digits  # type: ignore[union-attr]


def test_one_key_alone_may_stand_without_a_list() -> None:
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    stream, event = EXAMPLE_OF["recipient.suppressed"]
    whole = json.loads(stored(mapper, event, stream))
    (one,) = whole["sealed"]
    state = json.dumps({**whole, "sealed": one}).encode()

    assert read(mapper, state, event.NAME, stream) == event
