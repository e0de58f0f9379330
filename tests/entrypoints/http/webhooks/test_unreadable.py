import json
from pathlib import Path

import pytest

from domain.quarantine import DeliveryQuarantined
from tests.entrypoints.http.webhooks.deliveries import CREATED, SENT, SIGNED, digest
from tests.entrypoints.serving import OTHER, SECRET, TO, Serving, assert_problem, payload, play, problem, signature

UNREADABLE = {
    "malformed JSON": (b'{"event":', "body: is not JSON"),
    "an empty body": (b"", "body: is not JSON"),
    "junk": (b"\x00\x01\x02", "body: is not JSON"),
    "NaN": (b'{"event":NaN}', "body: is not JSON"),
    "a lone surrogate": (b'{"event":"\\ud800"}', "body: is not JSON"),
    "invalid UTF-8": (b'{"event":"call.answered","call":{"id":"\xff"}}', "body: is not UTF-8"),
    "UTF-16": (payload("call.answered").decode().encode("utf-16"), "body: is not UTF-8"),
    "a JSON list": (b"[]", "body: is not an object"),
    "null": (b"null", "body: is not an object"),
    "a key twice": (b'{"event":"call.answered","event":"call.failed","call":{"id":"c"}}', "body: has a key twice in"),
    "a key twice within": (b'{"event":"call.answered","call":{"id":"c","id":"d"}}', "body: has a key twice in one"),
    "deep nesting": (b'{"data":' + b'{"a":' * 400 + b"1" + b"}" * 401, "body: is nested too deeply"),
    "very deep nesting": (b"[" * 200_000, "body: is not JSON"),
    "no event": (b'{"call":{"id":"c"}}', "event: is missing"),
    "a number as event": (b'{"event":5,"call":{"id":"c"}}', "event: is not a string"),
    "an empty event": (b'{"event":"","call":{"id":"c"}}', "event: is empty"),
    "no call": (b'{"event":"call.answered"}', "call: is missing"),
    "a list as call": (b'{"event":"call.answered","call":[]}', "call: is not an object"),
    "no call id": (b'{"event":"call.answered","call":{}}', "call.id: is missing"),
    "a number as call id": (payload("call.answered", call_id=5), "call.id: is not a string"),  # type: ignore[arg-type]
    "an empty call id": (payload("call.answered", ""), "call.id: is empty"),
    "control characters in an id": (payload("call.answered", "a\x07b"), "call.id: has control characters"),
    "a line end in an id": (payload("call.answered", "a\n"), "call.id: has control characters"),
    "an id of 201 characters": (payload("call.answered", "x" * 201), "call.id: is longer than 200 characters"),
    "a number as time": (b'{"event":"call.answered","created_at":5,"call":{"id":"c"}}', "created_at: is not a string"),
    "a bad time": (b'{"event":"call.answered","created_at":"now","call":{"id":"c"}}', "created_at: is not an RFC 3339"),
    "no such day": (
        b'{"event":"call.answered","created_at":"2026-02-30T00:00:00Z","call":{"id":"c"}}',
        "created_at: is not a possible time",
    ),
    "a list as data": (b'{"event":"call.answered","call":{"id":"c"},"data":[]}', "data: is not an object"),
    "text as variables": (
        b'{"event":"call.answered","call":{"id":"c"},"variables":"x"}',
        "variables: is not an object",
    ),
    "a number as digits": (payload("call.gathered", data={"digits": 1}), "data.digits: is not a string"),
    "text as timed_out": (payload("call.gathered", data={"timed_out": "no"}), "data.timed_out: is neither"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_signed_and_unreadable_is_put_away_once(tmp_path: Path, kind: str) -> None:
    body, reason = UNREADABLE[kind]

    async def scene(stage: Serving) -> None:
        stage.secret = None
        await stage.deliver(CREATED, signature(SECRET, CREATED))
        first = SENT | signature(SECRET, body)
        assert (await stage.deliver(body, first)).status_code == 204
        assert (await stage.deliver(body, SENT | signature(SECRET, body, "1780056700"))).status_code == 204
        _, *kept = stage.feed()
        assert [(one.position, one.stream) for one in kept] == [(2, f"quarantine:{digest(body)}")]
        event = kept[0].event
        assert isinstance(event, DeliveryQuarantined)
        assert event == DeliveryQuarantined(digest=digest(body), reason=event.reason, body=body, headers=first)
        assert event.reason.startswith(reason)

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_unreadable_and_may_be_from_anybody_is_refused(tmp_path: Path, kind: str) -> None:
    body, reason = UNREADABLE[kind]

    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(body)
        detail = answer.json()["detail"]
        assert detail.startswith(reason)
        assert_problem(answer, problem("unreadable", 400, "The delivery cannot be read", detail))
        assert stage.feed() == []

    play(tmp_path, scene)


def test_numbers_in_a_refused_delivery_do_not_come_back_in_the_answer(tmp_path: Path) -> None:
    body = json.dumps({"event": "call.answered", "created_at": TO, "call": {"id": OTHER}}).encode()

    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(body)
        assert answer.status_code == 400
        assert TO[1:] not in answer.text
        assert OTHER[1:] not in answer.text

    play(tmp_path, scene)
