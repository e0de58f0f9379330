import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.capture_file import Captured, CaptureFault, captured_line, read_capture
from tests.projections.recording import at

ONE = Captured(received_at=at(0), headers={"x-minivoice-timestamp": "1"}, body=b'{"event":"call.created"}')


@given(body=st.binary(max_size=200), headers=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3))
def test_what_is_written_is_read_byte_for_byte(body: bytes, headers: dict[str, str]) -> None:
    one = Captured(received_at=at(1.5), headers=headers, body=body)

    assert list(read_capture([captured_line(one), b"\n"], "f")) == [one]


def test_a_line_has_the_documented_shape() -> None:
    assert json.loads(captured_line(ONE)) == {
        "received_at": "2026-03-02T09:00:00.000000Z",
        "headers": {"x-minivoice-timestamp": "1"},
        "body": '{"event":"call.created"}',
    }


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "is not JSON"),
        (b"[]", 'must be an object with "received_at"'),
        (b'{"received_at":"2026-05-29T12:00:00Z","headers":{}}', 'must be an object with "received_at"'),
        (b'{"received_at":"2026-05-29T12:00:00","headers":{},"body":""}', "received_at: must be a time"),
        (b'{"headers":{},"body":""}', "received_at: must be a time"),
        (b'{"received_at":"2026-05-29T12:00:00Z","headers":{"a":1},"body":""}', "headers: must be an object of texts"),
        (b'{"received_at":"2026-05-29T12:00:00Z","headers":{},"body":1}', "the body must be a text"),
        (b'{"received_at":"2026-05-29T12:00:00Z","headers":{},"body_base64":"?"}', "body_base64: is not base64"),
        (b'{"received_at":"2026-05-29T12:00:00Z","body":"","more":1}', "has a member that is not known here: more"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_the_file_and_why(line: bytes, says: str) -> None:
    with pytest.raises(CaptureFault) as fault:
        list(read_capture([captured_line(ONE), line], "hooks.jsonl"))
    assert fault.value.field == "hooks.jsonl, line 2"
    assert says in fault.value.message


def test_a_file_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.capture_file.DELIVERIES_MAX", 2)
    with pytest.raises(CaptureFault, match="split it"):
        list(read_capture([captured_line(ONE)] * 3, "f"))
