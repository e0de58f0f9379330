"""What could not be read is listed, and read again with today's code: exactly as if it came now, and once."""

import json
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from adapters.minivoice_webhook import quarantined
from application.commands.quarantine import quarantine_delivery
from domain.call import CallGathered
from domain.recipient import RecipientSuppressed
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    SECRET,
    SPRING,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    invalid,
    payload,
    play,
    problem,
)

GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}
PATH = "/v1/quarantine"
REASON = "data.digits: is not a string"
GATHERED = payload("call.gathered", seconds=5, data={"digits": 9})
NOT_JSON = b"not json"


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()


async def put_away(stage: Serving, body: bytes, reason: str = REASON) -> None:
    """As an older Dialtrail did, which could not read it."""
    await stage.do(quarantine_delivery(quarantined(body, {"x-minivoice-timestamp": "1"}, reason)))


async def read(stage: Serving, body: bytes) -> dict[str, Any]:
    answer = await stage.client.post(f"{PATH}/{digest(body)}/read", headers=OPERATOR)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def with_opt_out(stage: Serving) -> None:
    """A call of a campaign whose policy knows the digit 9."""
    stage.client.headers.update(OPERATOR)
    made = {**SPRING, "policy": {"opt_out_digits": "9"}}
    assert (await stage.client.post("/v1/campaigns", json=made)).status_code == 201
    await stage.enroll(TO)
    await stage.client.post("/v1/campaigns/spring_followup/start")
    await stage.dial(TO, "call_1")


def test_what_is_read_again_does_what_the_delivery_would_have_done(tmp_path: Path) -> None:
    done: list[list[Any]] = []

    async def by_reading(stage: Serving) -> None:
        await with_opt_out(stage)
        await put_away(stage, GATHERED)
        before = len(stage.feed())
        told = await read(stage, GATHERED)
        added = stage.feed()[before:]
        assert told == {
            "digest": digest(GATHERED),
            "result": "read",
            "call_id": "call_1",
            "event": "call.gathered",
            "reason": None,
            "position": added[-1].position,
        }
        assert [one.name for one in added] == ["call.gathered", "recipient.suppressed", "delivery.read_again"]
        assert len({one.recorded_at for one in added}) == 1
        done.append([one.event for one in added[:-1]])

    async def by_delivery(stage: Serving) -> None:
        await with_opt_out(stage)
        before = len(stage.feed())
        stage.secret = None
        await stage.client.post("/webhooks/minivoice", content=GATHERED, headers={"x-minivoice-timestamp": "1"})
        done.append([one.event for one in stage.feed()[before:]])

    play(tmp_path / "read", by_reading, DIALTRAIL_TOKENS=TOKENS)
    play(tmp_path / "delivered", by_delivery, DIALTRAIL_TOKENS=TOKENS)
    read_again, delivered = done
    assert isinstance(read_again[0], CallGathered)
    assert isinstance(read_again[1], RecipientSuppressed)
    assert read_again == [replace(delivered[0], headers=read_again[0].headers), delivered[1]]


def test_a_second_reading_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, GATHERED)
        await read(stage, GATHERED)
        position = stage.ledger.position
        assert (await read(stage, GATHERED))["result"] == "read_before"
        assert stage.ledger.position == position

    play(tmp_path, scene, **GUARDED)


def test_what_came_again_meanwhile_is_a_redelivery(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, GATHERED)
        assert (await stage.deliver(GATHERED)).status_code == 204
        assert (await read(stage, GATHERED))["result"] == "read"
        assert stage.names() == ["delivery.quarantined", "call.gathered", "call.redelivered", "delivery.read_again"]

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("body", [NOT_JSON, payload("call.answered", ""), b'{"request": {}, "actions": "{}"}'])
def test_what_still_cannot_be_read_says_why_and_stays(tmp_path: Path, body: bytes) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, body, "then")
        told = await read(stage, body)
        assert (told["result"], told["call_id"], bool(told["reason"])) == ("unreadable", None, True)
        assert stage.names() == ["delivery.quarantined"]
        one = await stage.json(f"{PATH}/{digest(body)}", AUDITOR)
        assert (one["reason"], one["reason_now"], one["readable"]) == ("then", told["reason"], False)

    play(tmp_path, scene, **GUARDED)


def test_they_are_listed_with_what_became_of_them(tmp_path: Path) -> None:
    numeric = json.dumps({"event": "call.completed", "call": {"id": 7113}}).encode()

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(NOT_JSON)).status_code == 204
        await put_away(stage, GATHERED)
        await put_away(stage, numeric, "call.id: is not a string")
        stage.clock.now += timedelta(minutes=1)
        await read(stage, numeric)
        items = (await stage.json(PATH, AUDITOR))["items"]
        assert [(one["position"], one["reason"], one["bytes"], one["readable"]) for one in items] == [
            (3, "call.id: is not a string", len(numeric), True),
            (2, REASON, len(GATHERED), True),
            (1, "body: is not JSON", len(NOT_JSON), False),
        ]
        assert [one["read"] and (one["read"]["call_id"], one["read"]["event"]) for one in items] == [
            ("7113", "call.completed"),
            None,
            None,
        ]
        first = await stage.json(f"{PATH}?limit=2", AUDITOR)
        rest = await stage.json(f"{PATH}?limit=2&after={first['next']}", AUDITOR)
        assert [*first["items"], *rest["items"]] == items
        assert rest["next"] is None

    play(tmp_path, scene, **GUARDED)


def test_the_list_looks_through_no_events_and_knows_those_of_long_ago(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, NOT_JSON)
        for nth in range(20):
            await stage.deliver(payload("call.answered", f"call_{nth}", seconds=1))
        await stage.json(f"{PATH}?at_least={stage.ledger.position}", AUDITOR)
        with patch.object(stage.ledger, "read_feed", side_effect=AssertionError("it looked through the ledger")):
            listed = await stage.json(PATH, AUDITOR)
        assert [one["digest"] for one in listed["items"]] == [digest(NOT_JSON)]
        assert (listed["next"], listed["position"]) == (None, 21)

    play(tmp_path, scene, **GUARDED)


def test_viewers_see_neither_what_came_nor_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, GATHERED)
        whole = await stage.json(f"{PATH}/{digest(GATHERED)}", AUDITOR)
        assert whole["body_base64"] == b64encode(GATHERED).decode()
        assert whole["headers"] == {"x-minivoice-timestamp": "1"}
        hidden: dict[str, Any] = {"reason": None, "headers": {}, "body_base64": None}
        assert await stage.json(f"{PATH}/{digest(GATHERED)}", VIEWER) == {**whole, **hidden}

    play(tmp_path, scene, **GUARDED)


def test_the_time_of_its_arrival_goes_with_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        came = stage.clock.now
        metadata = {"actor": "webhook", "received_at": came.isoformat()}
        decide = quarantine_delivery(quarantined(GATHERED, {}, REASON))
        await stage.ledger.execute(decide, lane="webhooks", metadata=metadata)
        stage.clock.now += timedelta(days=3)
        await read(stage, GATHERED)
        delivered = (await stage.json("/v1/calls/call_1/deliveries", AUDITOR))["items"]
        assert delivered[0]["stored_after_seconds"] >= timedelta(days=3).total_seconds()

    play(tmp_path, scene, **GUARDED)


def test_one_that_there_is_not_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        words = "no delivery in quarantine has this digest; `dialtrail quarantine list` shows those that are"
        missing = problem("not-found", 404, "Nothing is known under that name", words)
        assert_problem(await stage.client.get(f"{PATH}/{'0' * 64}", headers=AUDITOR), missing)
        assert_problem(await stage.client.post(f"{PATH}/{'0' * 64}/read", headers=OPERATOR), missing)
        wrong = "must be the 64 hex digits of a delivery in quarantine"
        assert_problem(await stage.client.get(f"{PATH}/latest", headers=AUDITOR), invalid("digest", wrong))

    play(tmp_path, scene, **GUARDED)
