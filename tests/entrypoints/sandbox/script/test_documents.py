from typing import Any

import orjson
import pytest

from entrypoints.sandbox.script.documents import ACTIONS_MAX, FAULTS_MAX, Action, DocumentError, read_document
from tests.entrypoints.sandbox.stage import PAYLOADS

EVERY_ACTION: list[tuple[str, dict[str, Any]]] = [
    ("say", {"text": "Hello"}),
    ("gather", {}),
    (
        "gather",
        {
            "prompt": "",
            "num_digits": 4,
            "max_digits": 6,
            "min_digits": 2,
            "timeout_seconds": 30,
            "finish_on_key": "",
        },
    ),
    ("gather", {"timeout_seconds": 1, "finish_on_key": "*"}),
    ("send_digits", {"digits": "0129*#ABCDwW,", "pause_before_ms": 60_000}),
    ("send_digits", {"digits": "1", "pause_before_ms": 0}),
    ("redirect", {"url": "http://127.0.0.1:8000/answer?at=a.b", "method": "POST", "max_redirects": 20}),
    ("redirect", {"url": "https://example.com", "max_redirects": 0}),
    ("transfer", {"destination": "+15551230002"}),
    ("transfer", {"to": "+15551230002", "from": "+15551230001"}),
    ("bridge", {"destination": "sip:agent@example.com;transport=tls", "timeout_seconds": 20}),
    ("conference", {"room": "a.B-_9", "mute": True, "end_on_exit": False}),
    ("hold", {}),
    ("resume", {}),
    ("mute", {"direction": "read"}),
    ("unmute", {"direction": "both"}),
    ("start_recording", {}),
    ("stop_recording", {}),
    ("start_stream", {"stream_url": "wss://example.com/audio", "track": "inbound"}),
    ("stop_stream", {}),
]


def read(*actions: object) -> tuple[Action, ...]:
    return read_document(orjson.dumps({"actions": actions}))


def faults(raw: bytes) -> tuple[str, ...]:
    with pytest.raises(DocumentError) as caught:
        read_document(raw)
    assert str(caught.value) == "; ".join(caught.value.faults)
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "answer-response.json",
            [
                ("say", {"text": "Thanks for calling."}),
                ("gather", {"prompt": "Press 1 for support", "num_digits": 1, "timeout_seconds": 5}),
            ],
        ),
        (
            "answer-menu-response.json",
            [
                (
                    "gather",
                    {
                        "prompt": "Press 1 for sales or 2 for support.",
                        "num_digits": 1,
                        "timeout_seconds": 5,
                        "finish_on_key": "#",
                    },
                ),
                ("redirect", {"url": "https://example.com/minivoice/route-menu"}),
            ],
        ),
        (
            "answer-department-response.json",
            [
                (
                    "gather",
                    {
                        "prompt": "Press 1 for billing or 2 for technical support.",
                        "num_digits": 1,
                        "timeout_seconds": 7,
                    },
                ),
                ("redirect", {"url": "https://example.com/minivoice/department"}),
            ],
        ),
        (
            "answer-record-transfer-response.json",
            [
                ("start_recording", {}),
                ("say", {"text": "This call may be recorded for quality."}),
                ("transfer", {"destination": "+15551230002"}),
            ],
        ),
    ],
)
def test_the_provider_s_examples_are_read(name: str, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert list(read_document((PAYLOADS / name).read_bytes())) == [Action(*one) for one in expected]


@pytest.mark.parametrize(("name", "fields"), EVERY_ACTION)
def test_every_action_is_read_in_both_notations_within_its_limits(name: str, fields: dict[str, Any]) -> None:
    assert read({name: fields}, {"type": name, **fields}) == (Action(name, fields), Action(name, fields))


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ({"say": {}}, ".say.text: is required"),
        ({"say": {"text": " "}}, ".say.text: must be text, and not empty"),
        ({"say": {"text": 1}}, ".say.text: must be text, and not empty"),
        ({"say": "Hello"}, ": say must be an object"),
        ({"say": {"text": "a", "voice": "b"}}, ".say.voice: no such field"),
        ({"gather": {"prompt": None}}, ".gather.prompt: must be text"),
        ({"gather": {"timeout_seconds": 0}}, ".gather.timeout_seconds: must be a whole number from 1 to 30"),
        ({"gather": {"timeout_seconds": 31}}, ".gather.timeout_seconds: must be a whole number from 1 to 30"),
        ({"gather": {"timeout_seconds": 5.5}}, ".gather.timeout_seconds: must be a whole number from 1 to 30"),
        ({"gather": {"num_digits": True}}, ".gather.num_digits: must be a whole number from 1 to 128"),
        ({"gather": {"finish_on_key": "##"}}, ".gather.finish_on_key: must be one key, such as #"),
        ({"gather": {"min_digits": 2}}, ".gather.min_digits: must not be more than max_digits"),
        ({"gather": {"min_digits": 3, "max_digits": 2}}, ".gather.min_digits: must not be more than max_digits"),
        ({"send_digits": {"digits": "1 2"}}, ".send_digits.digits: must be of 0-9*#A-DwW,"),
        ({"send_digits": {"digits": ""}}, ".send_digits.digits: must be of 0-9*#A-DwW,"),
        (
            {"send_digits": {"digits": "1", "pause_before_ms": 60_001}},
            ".send_digits.pause_before_ms: must be a whole number from 0 to 60000",
        ),
        ({"redirect": {"url": "ftp://example.com"}}, ".redirect.url: must be an http or https URL"),
        ({"redirect": {"url": "/next"}}, ".redirect.url: must be an http or https URL"),
        ({"redirect": {"url": "http://a", "method": "PUT"}}, ".redirect.method: must be one of GET, POST"),
        (
            {"redirect": {"url": "http://a", "max_redirects": 21}},
            ".redirect.max_redirects: must be a whole number from 0 to 20",
        ),
        ({"type": "transfer"}, ".transfer.destination: is required"),
        (
            {"type": "transfer", "destination": "15551230002"},
            ".transfer.destination: must be an E.164 number or a SIP URI",
        ),
        ({"type": "bridge", "destination": "sip:"}, ".bridge.destination: must be an E.164 number or a SIP URI"),
        (
            {"type": "transfer", "destination": "+15551230002", "timeout_seconds": 5},
            ".transfer.timeout_seconds: no such field",
        ),
        ({"type": "conference", "room": "a room"}, ".conference.room: must be of letters, digits and .-_"),
        ({"type": "conference", "room": "a", "mute": "yes"}, ".conference.mute: must be true or false"),
        ({"type": "mute", "direction": "up"}, ".mute.direction: must be one of read, write, both"),
        ({"type": "start_stream"}, ".start_stream.stream_url: is required"),
        (
            {"type": "start_stream", "stream_url": "ws://example.com"},
            ".start_stream.stream_url: must be a wss URL",
        ),
        (
            {"type": "start_stream", "stream_url": "wss://example.com", "track": "all"},
            ".start_stream.track: must be one of inbound, outbound, both",
        ),
        ({"type": "hold", "seconds": 3}, ".hold.seconds: no such field"),
        ({"hangup": {}}, ": no such action; there are say, gather, "),
        ({"type": 3}, ": no such action; "),
        ({"say": {"text": "a"}, "gather": {}}, ': must be {"NAME":{…}} or {"type":"NAME",…}'),
        ({}, ': must be {"NAME":{…}} or {"type":"NAME",…}'),
        ("say", ": must be an object"),
    ],
)
def test_what_is_wrong_with_an_action_is_said_with_its_place(action: object, fault: str) -> None:
    [found] = faults(orjson.dumps({"actions": [{"type": "hold"}, action]}))
    assert found.startswith(f"actions[1]{fault}")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 300 + b"]" * 300, "not JSON"),
        (b"[]", 'actions: must be an array, as in {"actions":[…]}'),
        (b'{"actions":{}}', 'actions: must be an array, as in {"actions":[…]}'),
    ],
)
def test_what_is_no_document_is_said(raw: bytes, fault: str) -> None:
    assert faults(raw) == (fault,)


def test_a_document_without_actions_is_one() -> None:
    assert read() == ()


def test_every_fault_of_a_document_is_told_up_to_a_bound() -> None:
    wrong = orjson.dumps({"actions": [{"say": {}}, {"type": "bridge"}]})
    assert faults(wrong) == ("actions[0].say.text: is required", "actions[1].bridge.destination: is required")
    assert len(faults(orjson.dumps({"actions": [{"say": {}}] * (FAULTS_MAX + 1)}))) == FAULTS_MAX


def test_the_number_of_actions_is_bounded() -> None:
    assert len(read(*[{"type": "hold"}] * ACTIONS_MAX)) == ACTIONS_MAX
    too_many = orjson.dumps({"actions": [{"type": "hold"}] * (ACTIONS_MAX + 1)})
    assert faults(too_many) == (f"actions: at most {ACTIONS_MAX} are run here",)
