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
    "NaN": (b'{"event":NaN}', "event: is not a text"),
    "a lone surrogate": (payload("call.\ud800"), "event: has a character that was lost"),
    "invalid UTF-8": (b'{"event":"call.answered","call":{"id":"\xff"}}', "call.id: has a character that was lost"),
    "Latin-1 junk": (b"\xe9t\xe9", "body: is not UTF-8"),
    "a JSON list": (b"[]", "body: is not an object"),
    "null": (b"null", "body: is not an object"),
    "a key twice": (b'{"event":"call.answered","event":"call.failed","call":{"id":"c"}}', "event: comes twice, and"),
    "a key twice within": (b'{"event":"call.answered","call":{"id":"c","id":"d"}}', "call.id: comes twice, and"),
    "very deep nesting": (b"[" * 200_000, "body: is not JSON"),
    "no event": (b'{"call":{"id":"c"}}', "event: is missing"),
    "a number as event": (b'{"event":5,"call":{"id":"c"}}', "event: is not a text"),
    "an empty event": (b'{"event":"","call":{"id":"c"}}', "event: is empty"),
    "no call": (b'{"event":"call.answered"}', "call: is missing"),
    "a list as call": (b'{"event":"call.answered","call":[]}', "call: is not an object"),
    "no call id": (b'{"event":"call.answered","call":{}}', "call.id: is missing"),
    "a fraction as call id": (payload("call.answered", call_id=5.0), "call.id: is neither a text nor"),  # type: ignore[arg-type]
    "an empty call id": (payload("call.answered", ""), "call.id: is empty"),
    "control characters in an id": (payload("call.answered", "a\x07b"), "call.id: has control characters"),
    "a line end in an id": (payload("call.answered", "a\nb"), "call.id: has control characters"),
    "an id of 201 characters": (payload("call.answered", "x" * 201), "call.id: is longer than 200 characters"),
}


@pytest.mark.usefixtures("way")
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
    body = json.dumps({"event": "call.answered", "created_at": TO, "call": {"id": [OTHER]}}).encode()

    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(body)
        assert answer.status_code == 400
        assert TO[1:] not in answer.text
        assert OTHER[1:] not in answer.text

    play(tmp_path, scene)
