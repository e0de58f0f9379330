"""A report that is not as documented: what of it can be read counts, the rest is told, and nothing is lost."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from domain.call import CallCompleted, CallGathered
from tests.adapters.minivoice_deliveries import delivery
from tests.adapters.minivoice_server import payload

TEN_PAST = datetime(2026, 5, 29, 12, 10, tzinfo=UTC)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=()))
    | st.sampled_from(["9", " 9", "true", "completed", "2026-05-29T12:10:00+0000", "call_123", "{}", "\ud83d"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    *("event", "created_at", "call", "variables", "data", "call__id", "call__status", "call__direction", "call__from"),
    *("call__to", "call__metadata", "data__event_key", "data__digits", "data__timed_out"),
]


def replaced(old: bytes, new: bytes) -> bytes:
    return payload("signed-vector.json").replace(old, new)


def read(raw: bytes) -> Any:
    return read_delivery(raw, {})


@pytest.mark.parametrize(
    ("written", "call_id"),
    [
        (b"7113", "7113"),
        (b"0", "0"),
        (b"-0", "0"),
        (b"-5", "-5"),
        (b"18446744073709551616", "18446744073709551616"),
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b'" call_123"', "call_123"),
        (b'"call_123\\n"', "call_123"),
    ],
)
def test_an_id_is_its_digits_as_written_or_its_text_without_the_spaces_around(written: bytes, call_id: str) -> None:
    received = read(replaced(b'"call_123"', written))

    assert received.call_id == call_id
    assert received.report.drift[0] in {"call.id: is a number", "call.id: has spaces around it"}


@pytest.mark.parametrize(
    "said",
    [
        "2026-05-29T12:10:00+0000",
        "2026-05-29T14:10:00+02",
        "2026-05-29T12:10Z",
        "20260529T121000Z",
        "2026-05-29 12:10:00 UTC",
        "2026-05-29 12:10:00 +0000 UTC",
        " 2026-05-29T12:10:00Z\n",
        "2026-05-29T12:10:00,000Z",
        "Fri, 29 May 2026 12:10:00 GMT",
        "29 May 2026 14:10:00 +0200",
        1780056600,
        1780056600.0,
        1780056600000,
        1780056600000000,
        1780056600000000000,
        "1780056600",
        "1780056600000",
        "1780056600.0",
    ],
)
def test_a_time_in_another_form_is_read_and_told(said: object) -> None:
    report = read(delivery(created_at=said)).report

    assert (report.occurred_at, len(report.drift)) == (TEN_PAST, 1)
    assert report.drift[0].startswith("created_at: ")


@pytest.mark.parametrize(
    "said", ["", "yesterday", "2026-05-29", "9999-12-31T23:59:59-01:00", -1, 1e300, True, [], {}, 10**25, "1" * 70]
)
def test_a_time_that_cannot_be_read_costs_the_rest_nothing(said: object) -> None:
    raw = delivery(created_at=said)
    report = read(raw).report

    assert (type(report), report.occurred_at, report.arrived) == (CallCompleted, None, raw)
    assert [fault.partition(":")[0] for fault in report.drift] == ["created_at"]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        (9, "9"),
        (9.0, "9"),
        ("9 ", "9"),
        (" 9\n", "9"),
        ("1 2", "12"),
        ([9], "9"),
        (["1", 2], "12"),
        ([], ""),
        (0, "0"),
        (12345678901234567890, "12345678901234567890"),
        (-9, None),
        (9.5, None),
        (True, None),
        ({"0": "9"}, None),
        ([["9"]], None),
        (["9", None], None),
    ],
)
def test_digits_in_another_form_are_read_as_far_as_they_are_digits(said: object, digits: str | None) -> None:
    report = read(delivery(event="call.gathered", data={"digits": said})).report

    assert (type(report), report.digits) == (CallGathered, digits)
    assert report.drift == ("data.digits: is not a text of digits",)


@pytest.mark.parametrize(
    ("said", "timed_out"),
    [("true", True), (" False", False), (1, True), (0, False), ("0", False), ("no", None), (7, None), ([], None)],
)
def test_true_and_false_in_another_form(said: object, timed_out: bool | None) -> None:
    report = read(delivery(event="call.gathered", data={"timed_out": said})).report

    assert (report.timed_out, report.drift) == (timed_out, ("data.timed_out: is neither true nor false",))


@pytest.mark.parametrize(
    "data", [{"digits": "9"}, [{"digits": "9"}], '{"digits": "9"}', ' {"digits": 9}', '{"digits": "9", "x": "\\ud83d"}']
)
def test_digits_are_found_in_an_object_that_is_wrapped(data: object) -> None:
    report = read(delivery(event="call.gathered", data=data)).report

    assert report.digits == "9"


@pytest.mark.parametrize(
    ("changes", "drift"),
    [
        ({"data": []}, "data: is not an object"),
        ({"data": ""}, "data: is not an object"),
        ({"data": [1, 2]}, "data: is not an object"),
        ({"variables": []}, "variables: is not an object"),
        ({"call__metadata": []}, "call.metadata: is not an object"),
        ({"call__metadata": "a1"}, "call.metadata: is not an object"),
        ({"call__status": 7}, "call.status: is a number"),
        ({"call__direction": {}}, "call.direction: is not a text"),
        ({"call__from": 15551230001}, "call.from: is a number"),
        ({"call__to": False}, "call.to: is not a text"),
        ({"data": {"event_key": 7}}, "data.event_key: is a number"),
        ({"data": {"event_key": "x" * 401}}, "data.event_key: is longer than 400 characters"),
        ({"event": "Call.Completed"}, "event: is not spelled as documented"),
        ({"event": "call.completed\n"}, "event: is not spelled as documented"),
        ({"call__status": "completed\0"}, "call.status: has a NUL character"),
        ({"call__metadata": {"note": "until Friday \ud83d"}}, "body: has half a character"),
        ({"data": {"x": float("nan")}}, "body: is not strict JSON"),
        ({"data": {"x": float("-inf")}}, "body: is not strict JSON"),
        ({"data": {"x": 10**400}}, "body: is not strict JSON"),
    ],
)
def test_a_field_that_decides_nothing_costs_the_report_nothing(changes: dict[str, Any], drift: str) -> None:
    raw = delivery(**changes)
    received = read(raw)

    assert (received.call_id, type(received.report), received.report.drift) == ("call_123", CallCompleted, (drift,))
    assert (received.report.body, received.report.raw, received.report.occurred_at) == (raw.decode(), None, TEN_PAST)


@pytest.mark.parametrize(
    ("raw", "drift"),
    [
        (b"\xef\xbb\xbf" + delivery(), ("body: begins with a byte order mark",)),
        (delivery() + b"\0\0", ("body: is not strict JSON",)),
        (replaced(b"outbound", b"out\xffbound"), ("body: has bytes that are no characters",)),
        (replaced(b"outbound", b"out\xed\xa0\xbdbound"), ("body: has bytes that are no characters",)),
        (replaced(b"outbound", b"out\nbound"), ("body: is not strict JSON",)),
        (replaced(b'"data":{}', b'"data":{"a":1,"a":2}'), ("body: has a key twice in one object",)),
        (replaced(b'"data":{}', b'"data":{},"data":{}'), ("body: has a key twice in one object",)),
        (replaced(b'"data":{}', b'"data":{"a":1e999}'), ("body: is not strict JSON",)),
        (replaced(b'"data":{}', b'"data":' + b'{"a":[' * 40 + b"]}" * 40), ()),
        (replaced(b'"data":{}', b'"data":' + b'{"a":[' * 400 + b"]}" * 400), ("body: is nested too deeply",)),
        (replaced(b'"data":{}', b'"data":' + b'{"a":[' * 40_000 + b"]}" * 40_000), ("body: is nested too deeply",)),
        (delivery().decode().encode("utf-16"), ("body: is not UTF-8 but another encoding",)),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),
)
def test_a_body_that_is_odd_as_a_whole_is_kept_byte_for_byte(raw: bytes, drift: tuple[str, ...]) -> None:
    received = read(raw)

    assert (received.call_id, received.report.drift, received.report.arrived) == ("call_123", drift, raw)
    assert (received.report.digest, received.report.occurred_at) == (hashlib.sha256(raw).hexdigest(), TEN_PAST)
    assert msgspec.json.decode(msgspec.json.encode(received.report), type=CallCompleted) == received.report


def test_a_key_that_comes_twice_counts_where_both_say_the_same() -> None:
    raw = replaced(b'"call":{', b'"call":{"id":"call_123","to":"+1"},"call":{')
    received = read(raw)

    assert (received.call_id, received.report.snapshot.from_number) == ("call_123", "+15551230001")
    assert received.report.snapshot.to_number is None
    assert received.report.drift == ("body: has a key twice in one object", "call.to: is not a text")


@given(st.data())
def test_any_values_in_any_places_are_stored_under_their_call_or_have_a_reason(data: st.DataObject) -> None:
    places = data.draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=4))
    changes: dict[str, Any] = {"event": data.draw(st.sampled_from(["call.gathered", "call.completed", "call.other"]))}
    inner = {place: data.draw(ANY_JSON) for place in places if "__" in place}
    raw = delivery(**{**changes, **inner, **{place: data.draw(ANY_JSON) for place in places if "__" not in place}})
    try:
        received = read(raw)
    except UnreadableDelivery:
        assert {"event", "call", "call__id"} & set(places)
        return
    report = received.report

    assert (report.arrived, report.digest) == (raw, hashlib.sha256(raw).hexdigest())
    assert msgspec.json.decode(msgspec.json.encode(report), type=type(report)) == report
    assert "\0" not in "".join(str(value) for value in msgspec.structs.astuple(report.snapshot))


@given(st.dictionaries(st.sampled_from(["status", "direction", "from", "to"]), st.text("abc+ 1é\0", max_size=9)))
def test_the_patient_reading_says_what_the_strict_one_says(texts: dict[str, str]) -> None:
    strictly = read(delivery(**{f"call__{name}": text for name, text in texts.items()})).report
    patiently = read(
        delivery(**{f"call__{name}": text for name, text in texts.items()}, variables={"x": "\ud83d"})
    ).report

    assert (patiently.snapshot, patiently.occurred_at) == (strictly.snapshot, strictly.occurred_at)
    assert patiently.drift == ("body: has half a character", *strictly.drift)


def test_many_values_of_one_key_are_read_in_their_own_length() -> None:
    members = ",".join(f'"a":{{"k{n}":1}}' for n in range(20_000))
    raw = replaced(b'"data":{}', b'"data":{' + members.encode() + b"}")

    assert read(raw).report.drift == ("body: has a key twice in one object",)


def test_a_report_that_is_as_documented_has_not_drifted() -> None:
    assert read(payload("signed-vector.json")).report.drift == ()
    assert json.loads(read(payload("webhook-call-created.json")).report.body)["event"] == "call.created"
