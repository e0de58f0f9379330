import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.answering.asked import (
    BODY_CHARS_RECORDED_MAX,
    CANDIDATES_MAX,
    REQUEST_BYTES_RECORDED_MAX,
    Asked,
    read_asked,
)

FROM, TO = "+15551230001", "+15551230002"


def asked(body: object = b"", query: bytes = b"", *headers: tuple[bytes, bytes], method: str = "POST") -> Asked:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_asked(method, query, headers, content)


@pytest.mark.parametrize(
    "found",
    [
        asked({"call_id": "call_1"}),
        asked({"callId": "call_1"}),
        asked({"call": {"id": "call_1", "from": FROM}}),
        asked({"data": {"call": {"id": "call_1"}}}),
        asked({"id": "call_1"}),
        asked({"CallSid": "call_1"}),
        asked(b"call_id=call_1&x=y"),
        asked(b"", b"call_id=call_1"),
        asked(b"", b"", (b"X-MiniVoice-Call-Id", b"call_1")),
        asked(b"", b"", (b"x-call-id", b"call_1")),
        asked(b'{"call_id":"call_1"}', b"", (b"content-type", b"application/x-www-form-urlencoded")),
    ],
)
def test_a_calls_id_is_found_in_every_plausible_place(found: Asked) -> None:
    assert found.call_ids == ("call_1",)


@pytest.mark.parametrize(
    "found",
    [
        asked({"from": FROM, "to": TO}),
        asked({"call": {"from": FROM, "to": TO}}),
        asked({"from_number": FROM, "to_number": TO}),
        asked({"caller": FROM, "called": TO}),
        asked(b"from=%2B15551230001&to=%2B15551230002"),
        asked(b"from=+15551230001&to=+15551230002"),
        asked(b"", b"from=15551230001&to=15551230002"),
        asked(b"", b"", (b"x-minivoice-from", FROM.encode()), (b"x-minivoice-to", TO.encode())),
    ],
)
def test_both_numbers_are_found_however_their_plus_came_through(found: Asked) -> None:
    assert (found.from_numbers, found.to_numbers, found.call_ids) == ((FROM,), (TO,), ())


def test_an_attempt_is_found_in_what_is_echoed_of_ours() -> None:
    assert asked({"call": {"id": "c"}, "metadata": {"attempt_id": "att_1"}}).attempt_ids == ("att_1",)


def test_the_calls_own_name_goes_before_any_other_id() -> None:
    assert asked({"id": "evt_1", "call": {"id": "call_1"}}).call_ids == ("call_1", "evt_1")


@pytest.mark.parametrize("value", ["", "x" * 201, "a\x00b", None, True, [], {"id": {"id": {}}}])
def test_what_can_be_no_id_is_none(value: object) -> None:
    assert asked({"call_id": value}).call_ids == ()


def test_there_are_not_more_candidates_than_anybody_would_look_at() -> None:
    found = asked([{"call_id": f"call_{n}"} for n in range(50)])
    assert len(found.call_ids) <= CANDIDATES_MAX


def test_what_is_recorded_has_the_request_as_it_came_but_nothing_with_which_to_ask_again() -> None:
    query = b"dt_at=abc&dt_sig=secret&call_id=call_1"
    found = asked(b"x" * 20_000, query, (b"authorization", b"Bearer secret"), (b"x-minivoice-token", b"secret"))

    recorded = json.loads(found.text)
    assert recorded["method"] == "POST"
    assert recorded["query"] == {"dt_at": "abc", "call_id": "call_1"}
    assert recorded["headers"] == {}
    assert recorded["body"] == "x" * BODY_CHARS_RECORDED_MAX
    assert "secret" not in found.text
    assert found.own == {"dt_at": "abc", "dt_sig": "secret"}


def test_a_body_that_was_too_large_leaves_the_rest() -> None:
    found = read_asked("POST", b"call_id=call_1", [], None)
    assert (found.call_ids, json.loads(found.text)["body"]) == (("call_1",), None)


@given(body=st.binary(max_size=300), query=st.binary(max_size=100), headers=st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=3))  # fmt: skip
def test_nothing_that_is_asked_is_an_error(body: bytes, query: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    json.loads(read_asked("GET", query, headers, body).text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "call", "to", "x"]), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(body=VALUES)
def test_any_json_is_read_without_a_fault(body: object) -> None:
    found = asked(body)
    assert all(found.call_ids)


@pytest.mark.parametrize(
    "body",
    [
        b'{"call_id":"call_1","note":"until Friday \\ud83d"}',
        b'\xef\xbb\xbf{"call_id":"call_1"}',
        b'{"call_id":"call_1","note":"caf\xe9"}',
        b'{"call_id":"call_1","call_id":"call_1"}',
        b'{"call_id":"call_1","cost":NaN}',
    ],
)
def test_a_body_that_is_no_strict_json_still_says_whose_call_it_is(body: bytes) -> None:
    assert asked(body).call_ids == ("call_1",)


def test_two_ids_under_one_name_are_no_ones() -> None:
    assert asked(b'{"call_id":"call_1","call_id":"call_2"}').call_ids == ()


@given(
    st.binary(max_size=400),
    st.lists(st.tuples(st.text(st.characters(codec="latin-1"), max_size=60), st.binary(max_size=200)), max_size=40),
    st.integers(1, 400),
)
def test_whatever_is_sent_only_so_much_of_it_is_recorded(
    body: bytes, headers: list[tuple[str, bytes]], times: int
) -> None:
    many = [(b"x-minivoice-%d" % number, value * times) for number, (_, value) in enumerate(headers)]
    named = [(f"call-{name}".encode("latin-1"), value) for name, value in headers]
    text = asked(body * times, body * times, *many, *named, *[(b"ani", b"x" * 10_000)] * times).text

    assert len(text.encode()) <= REQUEST_BYTES_RECORDED_MAX


@pytest.mark.parametrize(
    "sent",
    [
        ((b"x" * 64_000), b"", ()),
        ((b"\0" * 64_000), b"", ()),
        (b"", b"&".join(b"name%d=%s" % (n, b"x" * 20_000) for n in range(200)), ()),
        (b"", b"x=" + b"%00" * 100_000, ()),
        (b"", b"", tuple((b"x-minivoice-%d" % n, b"x" * 8_000) for n in range(500))),
        (b"", b"", tuple((b"x-call-%d" % n, b"\1" * 8_000) for n in range(500))),
    ],
)
def test_megabytes_of_one_part_leave_kilobytes(sent: tuple[bytes, bytes, tuple[tuple[bytes, bytes], ...]]) -> None:
    body, query, headers = sent

    assert len(asked(body, query, *headers).text.encode()) <= REQUEST_BYTES_RECORDED_MAX


def test_headers_that_fill_their_room_leave_the_body_its_own() -> None:
    full = asked({"call_id": "call_1"}, b"", *[(b"x-minivoice-%d" % n, b"x" * 8_000) for n in range(100)])

    assert json.loads(full.text)["body"] == '{"call_id": "call_1"}'
