"""JSON that was kept as a text is read for people; what would lose something by that stays a text."""

from typing import Any

import pytest

from entrypoints.cli.json_inside import read_inside
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ({"body": '{"event":"call.answered","n":[1]}'}, {"body": {"event": "call.answered", "n": [1]}}),
        ({"response": {"body": ' [1, {"a": null}]'}}, {"response": {"body": [1, {"a": None}]}}),
        ({"all": ["{}", "x"]}, {"all": [{}, "x"]}),
        ({"body": '{"inside": "{\\"deep\\": 1}"}'}, {"body": {"inside": '{"deep": 1}'}}),
        ({"body": '{"n":123456789012345678901234567890}'}, {"body": {"n": 123456789012345678901234567890}}),
    ],
)
def test_a_text_that_is_json_is_read(kept: Any, read: Any) -> None:
    assert read_inside(kept) == read


@pytest.mark.parametrize(
    "text",
    ["", "7", '"text"', "{", '{"a":1,"a":2}', '{"n":NaN}', "[1] and more", "[" * 100_000, '{"n":' + "1" * 5_000 + "}"],
)
def test_a_text_that_would_lose_something_stays(text: str) -> None:
    assert read_inside({"body": text}) == {"body": text}


def test_events_show_a_body_read_and_as_json_as_it_came(dialtrail: Run, api: FakeApi) -> None:
    body = '{"event": "call.answered",  "to": "+15551230002", "half": "\\ud83d"}'
    event = {
        "position": 12,
        "event": "call.answered",
        "stream": "call:call_123",
        "recorded_at": "2026-05-29T12:00:01.000000Z",
        "body": {"source": "webhook", "body": body},
    }
    api.answers("GET", "/v1/calls/call_123/events?limit=1000", {"items": [event], "next": None, "position": 12})

    code, shown, _ = dialtrail("events", "call_123")
    raw = dialtrail("events", "call_123", "--json").data

    assert code == 0
    told = '{"source":"webhook","body":{"event":"call.answered","to":"+15551230002","half":"\\ud83d"}}'
    assert told in shown
    assert '"body":"{\\"event\\": \\"call.answered\\",  \\"to\\"' in raw
