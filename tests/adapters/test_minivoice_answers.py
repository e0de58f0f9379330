"""What answers to POST /v1/calls mean: every row of the provider's table, and what is not in it."""

import hashlib
import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import minivoice_answers
from domain.call import CallCreated, CallSnapshot
from domain.dial_outcome import Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.recipient import Concerns
from tests.adapters.minivoice_server import payload


def classify(status: int, body: str) -> DialOutcome:
    return minivoice_answers.classify(status, body.encode())


def text(name: str) -> str:
    return payload(name).decode()


def envelope(code: object) -> str:
    return json.dumps({"error": {"code": code, "message": "said so"}})


def sha256(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def created(
    body: str, call_id: str, occurred_at: datetime | None, snapshot: CallSnapshot, status: int = 201
) -> Accepted:
    digest = sha256(body)
    report = CallCreated(
        source="api",
        key=f"api|call.created|{digest}",
        digest=digest,
        body=body,
        occurred_at=occurred_at,
        snapshot=snapshot,
    )
    return Accepted(call_id=call_id, status=status, body=body, created=report)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_the_documented_answer_is_accepted_whatever_its_2xx(status: int) -> None:
    body = text("post-call-response.json")
    snapshot = CallSnapshot(
        status="dialing", direction="outbound", from_number="+15551230001", to_number="+15551230002"
    )

    assert classify(status, body) == created(
        body, "call_20260529T120000.000000000", datetime(2026, 5, 29, 12, tzinfo=UTC), snapshot, status
    )


def test_a_wrapped_answer_is_accepted_and_echoed_metadata_is_seen() -> None:
    body = '{"data":{"id":"call_1","metadata":{"attempt_id":"a1"},"created_at":null,"from":"+1"}}'

    assert classify(201, body) == created(body, "call_1", None, CallSnapshot(attempt_id="a1", from_number="+1"))


@pytest.mark.parametrize(
    ("body", "call_id", "drift"),
    [
        (b'{"id":7113}', "7113", ("id: is a number",)),
        (b'{"data":{"id":123456789012345678901234567890}}', "123456789012345678901234567890", ("id: is a number",)),
        (b'{"id":"call_1 ","created_at":1}', "call_1", ("id: has spaces around it", "created_at: is not a text")),
        (b'{"id":"call_1","created_at":"soon"}', "call_1", ("created_at: is not an RFC 3339 time",)),
        (b'{"id":"call_1","metadata":[]}', "call_1", ("metadata: is not an object",)),
        (b'{"id":"call_1","status":{},"from":7}', "call_1", ("status: is not a text", "from: is a number")),
        (b'{"id":"call_1","note":"\\ud83d"}', "call_1", ("body: has half a character",)),
        (b'{"id":"call_1","note":"\xff"}', "call_1", ("body: has bytes that are no characters",)),
        (b'\xef\xbb\xbf{"id":"call_1"}', "call_1", ("body: begins with a byte order mark",)),
        (b'{"id":"call_1","id":"call_1"}', "call_1", ("body: has a key twice in one object",)),
        (b'{"id":"call_1","cost":NaN}', "call_1", ("body: is not strict JSON",)),
        (b'[{"id":"call_1"}]', "call_1", ("body: is not an object",)),
        (b'{"call":{"id":"call_1"}}', "call_1", ()),
    ],
)
def test_an_odd_answer_that_names_an_id_ties_the_attempt_to_the_call(
    body: bytes, call_id: str, drift: tuple[str, ...]
) -> None:
    outcome = minivoice_answers.classify(201, body)

    assert isinstance(outcome, Accepted)
    assert (outcome.call_id, outcome.created.drift, outcome.created.arrived) == (call_id, drift, body)
    assert msgspec.json.decode(msgspec.json.encode(outcome.created), type=CallCreated) == outcome.created


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "is not JSON"),
        ("created", "is not JSON"),
        ("[]", "id: is missing"),
        ("null", "id: is missing"),
        ("7", "id: is missing"),
        ("{}", "id: is missing"),
        ('{"id":null}', "id: is missing"),
        ('{"id":7.5}', "id: is neither a text nor a whole number"),
        ('{"id":1e3}', "id: is neither a text nor a whole number"),
        ('{"id":true}', "id: is neither a text nor a whole number"),
        ('{"id":""}', "id: is empty"),
        ('{"id":"a\\u0000"}', "id: has control characters"),
        ('{"id":"call_\\ud83d"}', "id: has a character that was lost on the way"),
        ('{"id":"call_1","id":"call_2"}', "id: comes twice, and not the same"),
        ('{"data":[]}', "id: is missing"),
        ('{"data":{}}', "id: is missing"),
        ('{"data":{"data":{"id":"call_1"}}}', "id: is missing"),
        pytest.param('{"id":"' + "x" * 201 + '"}', "id: is longer than 200 characters", id="overlong"),
        pytest.param("[" * 99_999, "is not JSON", id="deep"),
    ],
)
def test_a_2xx_without_a_readable_call_id_is_unresolved(body: str, fault: str) -> None:
    why = f"HTTP 200 without a readable call id ({fault})"

    assert classify(200, body) == Unresolved(why=why, status=200, body=body)


def test_a_refusal_is_understood_in_spite_of_half_a_character() -> None:
    refused = classify(400, '{"error":{"code":"rate_not_found","message":"no rate \\ud83d"}}')

    assert isinstance(refused, Refused)
    assert (refused.code, refused.concerns) == ("rate_not_found", "destination")


@pytest.mark.parametrize(
    ("status", "code", "concerns", "counts", "throttle"),
    [
        (400, "invalid_json", "recipient", False, None),
        (400, "invalid_request", "recipient", False, None),
        (400, "rate_not_found", "destination", False, None),
        (400, "no_active_trunk", "account", False, None),
        (400, "insufficient_balance", "account", False, None),
        (400, "something_new", "campaign", False, None),
        (400, None, "campaign", False, None),
        (401, "unauthorized", "account", False, None),
        (401, "invalid_request", "account", False, None),
        (401, None, "account", False, None),
        (402, "insufficient_balance", "account", False, None),
        (402, "something_new", "account", False, None),
        (402, None, "account", False, None),
        (403, "spend_control_exceeded", "campaign", False, None),
        (403, "something_new", "campaign", False, None),
        (403, None, "campaign", False, None),
        (429, "cps_limit_reached", "account", False, "calls_per_second"),
        (429, "concurrent_call_limit_reached", "account", False, "calls_at_once"),
        (429, "something_new", "account", False, "calls_per_second"),
        (429, None, "account", False, "calls_per_second"),
        (502, "originate_failed", "recipient", True, None),
        (404, "something_new", "account", False, None),
        (404, None, "account", False, None),
        (405, None, "account", False, None),
        (407, None, "account", False, None),
        (410, None, "account", False, None),
        (421, None, "account", False, None),
        (409, "something_new", "campaign", False, None),
        (413, None, "campaign", False, None),
        (422, None, "campaign", False, None),
        (422, "invalid_request", "recipient", False, None),
        (404, "rate_not_found", "destination", False, None),
        (499, None, "campaign", False, None),
    ],
)
def test_a_refusal_means_what_its_row_says(
    status: int, code: str | None, concerns: Concerns, counts: bool, throttle: Throttle | None
) -> None:
    body = "not even json" if code is None else envelope(code)

    assert classify(status, body) == Refused(
        status=status, code=code, body=body, concerns=concerns, counts=counts, throttle=throttle
    )


@pytest.mark.parametrize("status", [0, 100, 101, 199, 300, 302, 307, 399, 408, 500, 501, 502, 503, 504, 599, 600, 999])
@pytest.mark.parametrize("code", [None, "insufficient_balance", "invalid_request", "something_new"])
def test_an_answer_that_leaves_room_for_a_call_is_unresolved(status: int, code: str | None) -> None:
    body = "" if code is None else envelope(code)
    why = f"HTTP {status} does not say whether there is a call"

    assert classify(status, body) == Unresolved(why=why, status=status, body=body)


@pytest.mark.parametrize("status", [500, 503, 504])
def test_originate_failed_is_believed_only_with_its_own_status(status: int) -> None:
    assert isinstance(classify(status, envelope("originate_failed")), Unresolved)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("error-insufficient-balance.json", 402, "insufficient_balance"),
        ("error-spend-control.json", 403, "spend_control_exceeded"),
    ],
)
def test_a_documented_refusal_keeps_its_code_and_whole_body(name: str, status: int, code: str) -> None:
    refused = classify(status, text(name))

    assert isinstance(refused, Refused)
    assert (refused.code, refused.body) == (code, text(name))


@pytest.mark.parametrize("code", [None, 7, [], {}, "", "x" * 129])
def test_a_code_that_is_none_is_no_code(code: object) -> None:
    refused = classify(402, envelope(code))

    assert isinstance(refused, Refused)
    assert (refused.code, refused.concerns) == (None, "account")


@given(st.integers(0, 999), st.text() | st.builds(json.dumps, st.dictionaries(st.text(), st.text())))
def test_every_answer_has_an_outcome_that_keeps_the_body(status: int, body: str) -> None:
    body = body.encode(errors="replace").decode()

    assert classify(status, body).body == body  # type: ignore[union-attr] # Abandoned is never the answer to an answer
