"""What answers to the question for a call mean."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters import minivoice_answers
from adapters.minivoice_answers import CallFound, CallMissing, LookupFailed
from domain.call import CallCanceled, CallCompleted, CallFailed, CallObserved, CallSnapshot
from tests.adapters.minivoice_server import payload

WINDOW = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

ODD_ID = "id: is neither a text nor a whole number"


def read_call(asked: str, status: int, body: str) -> CallFound | CallMissing | LookupFailed:
    return minivoice_answers.read_call(asked, status, body.encode())


def text(name: str) -> str:
    return payload(name).decode()


def envelope(code: object) -> str:
    return json.dumps({"error": {"code": code, "message": "said so"}})


def sha256(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


@pytest.mark.parametrize("wrap", ["%s", '{"data":%s}'])
@pytest.mark.parametrize(
    ("status", "kind"), [("completed", CallCompleted), ("failed", CallFailed), ("canceled", CallCanceled)]
)
def test_a_call_that_is_over_is_reported_so_without_a_time(
    wrap: str, status: str, kind: type[CallCompleted | CallFailed | CallCanceled]
) -> None:
    body = wrap % text("get-call-response.json").replace("completed", status)
    digest = sha256(body)
    snapshot = CallSnapshot(status=status, direction="outbound", from_number="+15551230001", to_number="+15551230002")
    event = kind(source="api", key=f"api|call.{status}|{digest}", digest=digest, body=body, snapshot=snapshot)

    assert read_call("call_123", 200, body) == CallFound(
        call_id="call_123", status=status, snapshot=snapshot, event=event
    )


@pytest.mark.parametrize(
    ("times", "ended_at"),
    [
        ({"completed_at": "2026-05-29T12:10:00Z"}, datetime(2026, 5, 29, 12, 10, tzinfo=UTC)),
        ({"ended_at": "2026-05-29T12:11:00Z"}, datetime(2026, 5, 29, 12, 11, tzinfo=UTC)),
        ({"completed_at": "soon", "ended_at": None}, None),
        ({"created_at": "2026-05-29T12:10:00Z", "updated_at": "2026-05-29T12:10:00Z"}, None),
    ],
)
def test_only_a_time_that_names_the_end_is_taken_for_it(times: dict[str, Any], ended_at: datetime | None) -> None:
    found = read_call("call_123", 200, json.dumps({"id": "call_123", "status": "completed", **times}))

    assert isinstance(found, CallFound)
    assert isinstance(found.event, CallCompleted)
    assert found.event.occurred_at == ended_at


@pytest.mark.parametrize(
    ("said", "status", "drift"),
    [
        ('"dialing"', "dialing", ()),
        ('"Done"', "Done", ()),
        ("7", "7", ("status: is a number",)),
        ("[]", None, ("status: is not a text",)),
        ("true", None, ("status: is not a text",)),
    ],
)
def test_any_other_status_is_only_observed(said: str, status: str | None, drift: tuple[str, ...]) -> None:
    body = f'{{"id":"call_1","status":{said}}}'

    assert read_call("call_1", 200, body) == CallFound(
        call_id="call_1",
        status=status,
        snapshot=CallSnapshot(status=status),
        event=CallObserved(digest=sha256(body), body=body, status=status, drift=drift),
    )


@pytest.mark.parametrize(
    ("asked", "body", "drift"),
    [
        ("call_7110", b'{"id":"call_7110","status":"completed","metadata":{"note":"\\ud83d"}}', "half a character"),
        ("call_1", b'{"id":"call_1","status":"completed","note":"\xff\xfe"}', "bytes that are no characters"),
        ("call_1", b'\xef\xbb\xbf{"id":"call_1","status":"completed"}', "byte order mark"),
        ("call_1", b'{"id":"call_1","status":" COMPLETED"}', "not spelled as documented"),
        ("call_1", b'{"data":[{"id":"call_1","status":"completed","completed_at":1780056600}]}', "is not a text"),
        ("call_1", b'{"id":" call_1","status":"completed"}', "spaces around"),
        ("7113", b'{"id":7113,"status":"completed"}', "is a number"),
        (str(10**30), b'{"id":1000000000000000000000000000000,"status":"completed"}', "is a number"),
    ],
)
def test_an_odd_answer_still_ends_the_call(asked: str, body: bytes, drift: str) -> None:
    found = minivoice_answers.read_call(asked, 200, body)

    assert isinstance(found, CallFound)
    assert isinstance(found.event, CallCompleted)
    assert (found.call_id, found.event.arrived) == (asked, body)
    assert drift in found.event.drift[0]


@pytest.mark.parametrize("asked", [" call_1", "call_\ufffd"])
def test_a_call_is_asked_for_by_the_very_id_that_it_has_always_had(asked: str) -> None:
    found = read_call(asked, 200, json.dumps({"id": asked, "status": "completed"}))

    assert isinstance(found, CallFound)
    assert isinstance(found.event, CallCompleted)
    assert (found.call_id, found.event.drift) == (asked, ())


@pytest.mark.parametrize("status", [404, 400, 410])
def test_a_call_is_missing_only_by_the_providers_word(status: int) -> None:
    body = envelope("call_not_found")

    assert read_call("call_1", status, body) == CallMissing(call_id="call_1", status=status, body=body)


@pytest.mark.parametrize(
    ("status", "body", "failed"),
    [
        (404, "<html>", LookupFailed(why="HTTP 404", status=404, body="<html>")),
        (500, envelope("call_not_found"), LookupFailed(why="HTTP 500", status=500, code="call_not_found")),
        (401, envelope("unauthorized"), LookupFailed(why="HTTP 401", status=401, code="unauthorized")),
        (302, "", LookupFailed(why="HTTP 302", status=302)),
        (200, "", LookupFailed(why="the answer is not a call (is not JSON)", status=200)),
        (200, '{"data":[]}', LookupFailed(why="the answer is not a call (id: is missing)", status=200)),
        (200, '{"id":1.5}', LookupFailed(why=f"the answer is not a call ({ODD_ID})", status=200)),
        (200, '{"id":"call_2"}', LookupFailed(why="the answer is about another call", status=200)),
        (200, '{"id":1}', LookupFailed(why="the answer is about another call", status=200)),
    ],
)
def test_an_answer_about_something_else_is_a_failed_lookup(status: int, body: str, failed: LookupFailed) -> None:
    assert read_call("call_1", status, body) == LookupFailed(why=failed.why, status=status, code=failed.code, body=body)
