"""What a delivery says, and why another cannot be read."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_webhook import (
    HEADER_CHARS_MAX,
    ReceivedReport,
    UnreadableDelivery,
    kept_headers,
    quarantined,
    read_delivery,
)
from domain.call import (
    REPORTS,
    CallCompleted,
    CallCreated,
    CallGathered,
    CallReported,
    CallSnapshot,
    Report,
    report_name,
)
from domain.errors import InvalidInput
from domain.quarantine import DeliveryQuarantined
from tests.adapters.minivoice_deliveries import delivery
from tests.adapters.minivoice_server import payload

HEADERS = {
    "Host": "dialtrail.test",
    "Authorization": "Bearer secret",
    "Cookie": "secret",
    "X-MiniVoice-Timestamp": "1780056600",
    "x-minivoice-signature": "v1=00",
    "Content-Type": "application/json",
    "User-Agent": "minivoice/1",
}
KEPT = {
    "x-minivoice-timestamp": "1780056600",
    "x-minivoice-signature": "v1=00",
    "content-type": "application/json",
    "user-agent": "minivoice/1",
}
NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
CHARACTER_LOST = "call.id: has a character that was lost on the way"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read(raw: bytes) -> Any:
    return read_delivery(raw, HEADERS).report


@pytest.mark.parametrize(
    ("name", "kind", "key", "occurred_at", "snapshot"),
    [
        (
            "webhook-call-created.json",
            CallCreated,
            "call.created|key|call_123:call.created",
            NOON,
            CallSnapshot(
                status="in_progress", direction="outbound", from_number="+15551230001", to_number="+15551230002"
            ),
        ),
        (
            "webhook-call-completed.json",
            CallCompleted,
            "call.completed",
            NOON.replace(minute=10),
            CallSnapshot(status="completed", direction="inbound", from_number="+15551230001", to_number="+15551230002"),
        ),
        (
            "signed-vector.json",
            CallCompleted,
            "call.completed",
            NOON.replace(minute=10),
            CallSnapshot(
                status="completed", direction="outbound", from_number="+15551230001", to_number="+15551230002"
            ),
        ),
    ],
)
def test_a_documented_delivery_is_read(
    name: str, kind: type[CallCreated | CallCompleted], key: str, occurred_at: datetime, snapshot: CallSnapshot
) -> None:
    raw = payload(name)

    assert read_delivery(raw, HEADERS) == ReceivedReport(
        "call_123",
        kind(
            source="webhook",
            key=key,
            digest=hashlib.sha256(raw).hexdigest(),
            body=raw.decode(),
            occurred_at=occurred_at,
            snapshot=snapshot,
            headers=KEPT,
        ),
    )


@pytest.mark.parametrize("name", REPORTS)
def test_every_documented_event_has_its_kind(name: str) -> None:
    assert type(read(delivery(event=name))) is REPORTS[name]


@pytest.mark.parametrize("name", ["call.transferred", "x" * 128, "call.reported", "call.claimed", "ANRUF ☎"])
def test_an_unknown_event_is_kept_with_its_name(name: str) -> None:
    report = read(delivery(event=name))

    assert (type(report), report_name(report)) == (CallReported, name)


def test_a_gather_brings_its_digits() -> None:
    raw = delivery(event="call.gathered", data={"digits": "12#", "timed_out": False, "min_digits": 1})
    report = read(raw)

    assert isinstance(report, CallGathered)
    assert (report.digits, report.timed_out) == ("12#", False)
    assert report.key == f"call.gathered|at|2026-05-29T12:10:00Z|{hashlib.sha256(raw).hexdigest()}"


def test_our_attempt_is_found_in_the_calls_metadata_and_nowhere_else() -> None:
    assert read(delivery(call__metadata={"attempt_id": "a1"})).snapshot.attempt_id == "a1"
    assert read(delivery(call__metadata={"attempt_id": 1})).snapshot.attempt_id is None
    assert read(delivery(variables={"attempt_id": "a1"})).snapshot.attempt_id is None


@pytest.mark.parametrize("nothing", [..., None])
def test_everything_but_the_event_and_the_call_id_may_be_missing(nothing: Any) -> None:
    raw = delivery(
        created_at=nothing,
        variables=nothing,
        data=nothing,
        call__status=nothing,
        call__direction=nothing,
        call__from=nothing,
        call__to=nothing,
        call__metadata=nothing,
    )

    assert read_delivery(raw, {}) == ReceivedReport(
        "call_123",
        CallCompleted(
            source="webhook", key="call.completed", digest=hashlib.sha256(raw).hexdigest(), body=raw.decode()
        ),
    )


def test_an_empty_event_key_is_none() -> None:
    assert read(delivery(data={"event_key": ""})).key == "call.completed"
    assert read(delivery(data={"event_key": None})).key == "call.completed"
    assert read(delivery(data={"event_key": "k" * 400})).key == "call.completed|key|" + "k" * 400


def test_a_time_with_an_offset_and_nanoseconds_is_read_into_utc() -> None:
    assert read(delivery(created_at="2026-05-29T14:00:00.123456789+02:00")).occurred_at == NOON.replace(
        microsecond=123_456
    )


def test_unknown_fields_stay_in_the_body() -> None:
    raw = delivery(attempt=3, call__carrier={"name": "x"}, data={"digits": 7})

    assert (read(raw).body, type(read(raw))) == (raw.decode(), CallCompleted)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "body: is not JSON"),
        (b"event=call.created", "body: is a form, not JSON"),
        (b"[" * 100_000, "body: is not JSON"),
        (b"[" * 500 + b"]" * 500, "body: is not an object"),
        (b"\xff", "body: is not UTF-8"),
        (b"[]", "body: is not an object"),
        (b"null", "body: is not an object"),
        (b'{"event":"a","event":"b","call":{"id":"call_1"}}', "event: comes twice, and not the same"),
        (b'{"event":"a","call":{"id":"call_1","id":"call_2"}}', "call.id: comes twice, and not the same"),
        (b'{"event":"a","call":{"id":"call_1"},"call":{"id":"call_2"}}', "call.id: comes twice, and not the same"),
        (b'{"event":"a","call":{"id":"call_1"},"call":[]}', "call: comes twice, and not the same"),
        (delivery(event=...), "event: is missing"),
        (delivery(event=None), "event: is missing"),
        (delivery(event=7), "event: is not a text"),
        (delivery(event=["call.completed"]), "event: is not a text"),
        (delivery(event=True), "event: is not a text"),
        (delivery(event=""), "event: is empty"),
        (delivery(event="x" * 129), "event: is longer than 128 characters"),
        (delivery(event="call\nended"), "event: has control characters"),
        (delivery(event="call\x85ended"), "event: has control characters"),
        (delivery(event="call.\ud83d"), "event: has a character that was lost on the way"),
        (delivery(call=...), "call: is missing"),
        (delivery(call=None), "call: is missing"),
        (delivery(call="call_123"), "call: is not an object"),
        (delivery(call=[{}, {}]), "call: is not an object"),
        (delivery(call=[]), "call: is not an object"),
        (delivery(call__id=...), "call.id: is missing"),
        (delivery(call__id=None), "call.id: is missing"),
        (delivery(call__id=True), "call.id: is neither a text nor a whole number"),
        (delivery(call__id=7113.0), "call.id: is neither a text nor a whole number"),
        (delivery(call__id=7113.5), "call.id: is neither a text nor a whole number"),
        (delivery(call__id=["call_1"]), "call.id: is neither a text nor a whole number"),
        (delivery(call__id=float("nan")), "call.id: is neither a text nor a whole number"),
        (delivery(call__id=""), "call.id: is empty"),
        (delivery(call__id=" \t"), "call.id: is empty"),
        (delivery(call__id="x" * 201), "call.id: is longer than 200 characters"),
        (delivery(call__id=10**200), "call.id: is longer than 200 characters"),
        (delivery(call__id="call\x00"), "call.id: has control characters"),
        (delivery(call__id="call\ufffd"), CHARACTER_LOST),
        (delivery(call__id="call_\ud800"), CHARACTER_LOST),
        (payload("signed-vector.json").replace(b"call_123", b"call_\xff"), CHARACTER_LOST),
        (payload("signed-vector.json").replace(b'"call_123"', b"1e3"), "call.id: is neither a text nor a whole number"),
        (payload("signed-vector.json").replace(b'"call_123"', b"007"), "body: is not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_says_which_field_and_why(raw: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDelivery) as unreadable:
        read_delivery(raw, HEADERS)

    assert (unreadable.value.reason, isinstance(unreadable.value, InvalidInput)) == (reason, True)


def test_headers_are_kept_by_an_allow_list_and_bounded() -> None:
    long = {"User-Agent": "x" * (HEADER_CHARS_MAX + 1), "X-Forwarded-For": "192.0.2.1"}

    assert kept_headers(HEADERS) == KEPT
    assert kept_headers(long) == {"user-agent": "x" * HEADER_CHARS_MAX}


def test_an_unreadable_delivery_can_be_put_away_whole() -> None:
    raw = b"\xff\x00"

    assert quarantined(raw, HEADERS, "body: is not UTF-8") == DeliveryQuarantined(
        digest=hashlib.sha256(raw).hexdigest(), reason="body: is not UTF-8", body=raw, headers=KEPT
    )


def read_or_refuse(raw: bytes) -> None:
    try:
        received = read_delivery(raw, {})
    except UnreadableDelivery:
        return
    assert isinstance(received.report, Report)
    assert received.report.arrived == raw
    msgspec.json.encode(received.report)


@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON))
def test_no_bytes_bring_another_error(raw: bytes) -> None:
    read_or_refuse(raw)


@given(st.data())
def test_no_value_in_any_place_brings_another_error(data: st.DataObject) -> None:
    places = ["event", "created_at", "call", "variables", "data", "call__id", "call__status", "call__from"]
    places += ["call__metadata", "data__event_key", "data__digits", "data__timed_out"]
    changes: dict[str, Any] = {}
    if data.draw(st.booleans()):
        changes["event"] = data.draw(st.sampled_from(sorted(REPORTS)))
    changes[data.draw(st.sampled_from(places))] = data.draw(JSON)

    read_or_refuse(delivery(**changes))


@given(st.data())
def test_no_damage_on_the_way_brings_another_error(data: st.DataObject) -> None:
    raw = payload(data.draw(st.sampled_from(["signed-vector.json", "webhook-call-created.json"])))
    at = data.draw(st.integers(0, len(raw)))
    gone = data.draw(st.integers(0, 9))

    read_or_refuse(raw[:at] + data.draw(st.binary(max_size=6)) + raw[at + gone :])
