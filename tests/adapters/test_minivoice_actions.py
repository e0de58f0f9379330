"""Actions documents: what is written is what MiniVoice documents, and both of its notations are read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.minivoice_actions import (
    FIELDS,
    KEYED,
    Instruction,
    encoded,
    write_actions,
)
from domain.script import (
    Ask,
    Bridge,
    Conference,
    Heard,
    Hold,
    Mute,
    Place,
    Redirect,
    Resume,
    Say,
    Script,
    SendDigits,
    ServedAction,
    StartRecording,
    StartStream,
    StopRecording,
    StopStream,
    Transfer,
    Unmute,
    cleaned,
)
from tests.adapters.actions_reader import UnreadableActions, read_actions
from tests.adapters.minivoice_limits import ALLOWED, WRITTEN_BY_NAME, kinds_of_valid
from tests.domain.script.given import walk
from tests.domain.script.strategies import callers, scripts, variables
from tests.examples import examples

PAYLOADS = Path(__file__).parents[1] / "payloads"
EXAMPLES = ("answer-response", "answer-menu-response", "answer-department-response", "answer-record-transfer-response")


def url_of(place: Place) -> str:
    return f"https://calls.example.com/answer?at={place.step}&asked={place.gathers}"


@pytest.mark.parametrize(
    ("action", "written"),
    [
        (Say('Hello "Ada".'), {"say": {"text": 'Hello "Ada".'}}),
        (
            Ask(prompt="Press 1.", finish_on_key="#"),
            {"gather": {"prompt": "Press 1.", "num_digits": 1, "timeout_seconds": 5, "finish_on_key": "#"}},
        ),
        (
            Ask(prompt="Your PIN?", min_digits=4, max_digits=6, timeout_seconds=9),
            {"gather": {"prompt": "Your PIN?", "min_digits": 4, "max_digits": 6, "timeout_seconds": 9}},
        ),
        (SendDigits(digits="1w2", pause_before_ms=0), {"send_digits": {"digits": "1w2", "pause_before_ms": 0}}),
        (
            Redirect(Place("menu", {"menu": 1}, 1)),
            {
                "redirect": {
                    "url": "https://calls.example.com/answer?at=menu&asked=1",
                    "method": "GET",
                    "max_redirects": 20,
                }
            },
        ),
        (Transfer(destination="+15551230002"), {"type": "transfer", "destination": "+15551230002"}),
        (
            Bridge(destination="sip:a", timeout_seconds=9),
            {"type": "bridge", "destination": "sip:a", "timeout_seconds": 9},
        ),
        (Conference(room="a.b", mute=False), {"type": "conference", "room": "a.b", "mute": False}),
        (Hold(), {"type": "hold"}),
        (Resume(), {"type": "resume"}),
        (Mute(), {"type": "mute", "direction": "both"}),
        (Unmute("read"), {"type": "unmute", "direction": "read"}),
        (StartRecording(), {"type": "start_recording"}),
        (StopRecording(), {"type": "stop_recording"}),
        (
            StartStream(stream_url="wss://a/b", track="inbound"),
            {"type": "start_stream", "stream_url": "wss://a/b", "track": "inbound"},
        ),
        (StopStream(), {"type": "stop_stream"}),
    ],
)
def test_each_action_is_written_as_it_is_asked_for(action: ServedAction, written: dict[str, object]) -> None:
    document = encoded([action], url_of)

    assert json.loads(document) == {"actions": [written]}
    assert list(json.loads(document)["actions"][0]) == list(written)
    assert write_actions(read_actions(document)) == document


def test_every_documented_action_and_field_is_known() -> None:
    assert {kind: {*must, *may} for kind, (must, may) in ALLOWED.items()} == {
        kind: set(fields) for kind, fields in FIELDS.items()
    }
    assert set(WRITTEN_BY_NAME) == KEYED


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_documented_examples_pass_through_reader_and_writer(name: str) -> None:
    given = (PAYLOADS / f"{name}.json").read_bytes()

    ours = write_actions(read_actions(given))

    assert kinds_of_valid(ours) == [instruction.kind for instruction in read_actions(given)]
    assert read_actions(ours) == read_actions(given)
    assert write_actions(read_actions(ours)) == ours


def test_the_examples_are_all_there() -> None:
    assert sorted(path.stem for path in PAYLOADS.glob("answer-*.json")) == sorted(EXAMPLES)


def test_both_notations_say_the_same() -> None:
    keyed = b'{"actions": [{"transfer": {"destination": "sip:a"}}, {"say": {"text": "Hi"}}, {"hold": {}}]}'
    typed = b'{"actions": [{"type": "transfer", "to": "sip:a"}, {"type": "say", "text": "Hi"}, {"type": "hold"}]}'
    both = (
        b'{"actions": [{"type": "transfer", "transfer": {"to": "sip:a"}}, {"say": {"text": "Hi"}}, {"type": "hold"}]}'
    )

    assert read_actions(keyed) == read_actions(typed) == read_actions(both)
    assert write_actions(read_actions(typed)) == (
        b'{"actions":[{"type":"transfer","destination":"sip:a"},{"say":{"text":"Hi"}},{"type":"hold"}]}'
    )


def test_what_is_not_known_stays() -> None:
    document = b'{"actions": [{"type": "dance", "b": 1, "a": 2}, {"say": {"voice": "x", "text": "Hi"}}]}'

    assert read_actions(document) == (
        Instruction("dance", {"b": 1, "a": 2}),
        Instruction("say", {"voice": "x", "text": "Hi"}),
    )
    assert write_actions(read_actions(document)) == (
        b'{"actions":[{"type":"dance","a":2,"b":1},{"say":{"text":"Hi","voice":"x"}}]}'
    )


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"{", "the document is not JSON"),
        (b"[]", 'the document is no object with a list of "actions"'),
        (b'{"actions": {}}', 'the document is no object with a list of "actions"'),
        (b'{"actions": [1]}', r"actions\[0\] is not an object"),
        (b'{"actions": [{}]}', r'actions\[0\] has neither a "type" nor exactly one name'),
        (b'{"actions": [{"say": {}, "hold": {}}]}', r'actions\[0\] has neither a "type" nor exactly one name'),
        (b'{"actions": [{"type": "hold"}, {"say": "Hi"}]}', r"actions\[1\]\.say is not an object"),
        (b'{"actions": [%s1]}' % (b"1," * 1_000), "the document has more than 1000 actions"),
    ],
)
def test_what_is_no_document_is_refused(document: bytes, says: str) -> None:
    with pytest.raises(UnreadableActions, match=says):
        read_actions(document)


@settings(max_examples=examples(150), deadline=None)
@given(scripts(), variables(), callers())
def test_every_document_of_every_walk_is_valid_and_byte_stable(
    script: Script, known: dict[str, str], caller: list[Heard]
) -> None:
    walked = walk(script, known, caller)
    again = walk(script, dict(reversed(known.items())), caller)

    documents = [encoded(told.actions, url_of) for told in walked.documents]
    assert documents == [encoded(told.actions, url_of) for told in again.documents]
    for document, told in zip(documents, walked.documents, strict=True):
        assert kinds_of_valid(document) == [instruction.kind for instruction in read_actions(document)]
        assert len(read_actions(document)) == len(told.actions)
        assert write_actions(read_actions(document)) == document


@settings(max_examples=examples(100), deadline=None)
@given(scripts(), st.text(), callers())
def test_no_value_can_add_an_action_a_field_or_a_variable(script: Script, value: str, caller: list[Heard]) -> None:
    names = ("name", "amount", "Day_2", "_x")
    value = f'{{name}} {{{{ "}}}},{{"type":"hold"}} {value}'
    plain = walk(script, dict.fromkeys(names, "Ⓐ"), caller)
    cunning = walk(script, dict.fromkeys(names, value), caller)

    for one, other in zip(plain.documents, cunning.documents, strict=True):
        told = [
            [
                (instruction.kind, dict(instruction.fields))
                for instruction in read_actions(encoded(each.actions, url_of))
            ]
            for each in (one, other)
        ]
        assert told[1] == [
            (kind, {name: _with_value(field, cleaned(value)) for name, field in fields.items()})
            for kind, fields in told[0]
        ]


def _with_value(field: Any, value: str) -> Any:
    return field.replace("Ⓐ", value) if isinstance(field, str) else field
