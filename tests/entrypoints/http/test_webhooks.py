import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.ledger.lanes import LANES
from domain import call
from domain.call import CallCompleted, CallCreated, CallRedelivered, CallReported, CallSnapshot
from domain.events import Recorded
from domain.instants import time_text
from domain.quarantine import DeliveryQuarantined
from entrypoints.http.webhooks import BODY_BYTES_MAX
from tests.entrypoints.serving import (
    NOON,
    OTHER,
    PAYLOADS,
    SECRET,
    TICK,
    TO,
    Serving,
    assert_problem,
    at,
    full_disk,
    held_writer,
    in_path,
    on_a_socket,
    payload,
    play,
    problem,
    signature,
    until,
)

SIGNED = {"MINIVOICE_WEBHOOK_SECRET": SECRET}
CREATED = (PAYLOADS / "webhook-call-created.json").read_bytes()
COMPLETED = (PAYLOADS / "webhook-call-completed.json").read_bytes()
VECTOR = (PAYLOADS / "signed-vector.json").read_bytes()
VECTOR_SIGNATURE = "v1=b9eea18b6998c5426a4482f3604330694e53e117e2032c8d1f974c5a607d0448"
SENT = {"content-type": "application/json", "user-agent": "MiniVoice/1.0"}
TOO_LARGE = problem("too-large", 413, "The delivery is too large", "a delivery may have at most 1048576 bytes")
NOT_SIGNED = problem(
    "signature",
    401,
    "The signature does not hold",
    "X-MiniVoice-Signature is missing or was not made with MINIVOICE_WEBHOOK_SECRET",
)
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
ODD_IDS = (
    "a/b",
    "/",
    "//v1/campaigns",
    "a?b=c",
    "100%",
    "%2F",
    "100%25",
    "a.b.c",
    ".",
    "..",
    "../x",
    "..%2fx",
    "call_20260529T120000.000000000",
    "a b+c",
    "#x;y&z=\\'\"",
    "müller☎日本",
    "e\u0301",
    "timeline",
    "x" * 200,
)


def report(stage: Serving, place: int) -> call.Report:
    event = stage.feed()[place].event
    assert isinstance(event, call.Report)
    return event


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_a_delivery_is_not_acknowledged_before_its_turn_to_be_written(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage) as release:
            answer = asyncio.create_task(stage.deliver(CREATED))
            await until(lambda: stage.ledger.waiting()["webhooks"] == 1)
            assert not answer.done()
            release()
            assert (await answer).status_code == 204
        assert stage.names() == ["call.created"]

    play(tmp_path, scene)


def test_a_delivery_that_was_decided_on_is_not_acknowledged_before_the_commit(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage) as release:
            answer = asyncio.create_task(stage.deliver(CREATED))
            await until(lambda: stage.ledger.waiting()["webhooks"] == 1)
            last = asyncio.create_task(hold_the_commit(stage, answer))
            await until(lambda: stage.ledger.waiting()["imports"] == 1)
            release()
            await last
        assert (await answer).status_code == 204
        assert stage.names() == ["call.created"]

    async def hold_the_commit(stage: Serving, answer: "asyncio.Task[httpx.Response]") -> None:
        async with held_writer(stage, "imports"):
            assert stage.ledger.waiting()["webhooks"] == 0
            for _ in range(50):
                await asyncio.sleep(0)
            assert not answer.done()
            assert stage.feed() == []

    play(tmp_path, scene)


def test_a_delivery_that_cannot_be_written_is_asked_for_again_and_stored_then(tmp_path: Path) -> None:
    body = payload("call.answered", note="x" * 50_000)

    async def scene(stage: Serving) -> None:
        with full_disk(stage.ledger):
            refused = await stage.deliver(body)
            assert stage.feed() == []
        assert refused.headers["retry-after"] == "1"
        assert_problem(
            refused,
            problem(
                "ledger-unavailable",
                503,
                "Not stored; try again",
                "the ledger could not be written (database or disk is full); nothing was stored",
            ),
        )
        assert (await stage.deliver(body)).status_code == 204
        assert stage.names() == ["call.answered"]

    play(tmp_path, scene)


def test_a_queue_that_is_full_asks_for_the_delivery_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        waiting_max = LANES["webhooks"].waiting_max
        async with held_writer(stage):
            waiting = [asyncio.create_task(stage.do(lambda _: None, "webhooks")) for _ in range(waiting_max)]
            await until(lambda: stage.ledger.waiting()["webhooks"] == waiting_max)
            refused = await stage.deliver(CREATED)
        await asyncio.gather(*waiting)
        assert refused.headers["retry-after"] == "1"
        assert_problem(
            refused,
            problem("ledger-unavailable", 503, "Not stored; try again", "4096 webhooks wait to be written; try again"),
        )
        assert stage.feed() == []

    play(tmp_path, scene)


def test_the_documented_creation_is_stored_verbatim_with_the_headers_worth_keeping(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(CREATED, SENT)
        assert (answer.status_code, answer.content) == (204, b"")
        assert stage.feed() == [
            Recorded(
                position=1,
                event_id="id-1",
                stream="call:call_123",
                version=1,
                recorded_at=NOON,
                metadata={"actor": "webhook", "received_at": time_text(NOON)},
                event=CallCreated(
                    source="webhook",
                    key="call.created|key|call_123:call.created",
                    digest=digest(CREATED),
                    body=CREATED.decode(),
                    occurred_at=NOON,
                    snapshot=CallSnapshot(
                        status="in_progress",
                        direction="outbound",
                        from_number="+15551230001",
                        to_number="+15551230002",
                    ),
                    headers={**SENT, **signature(SECRET, CREATED)},
                ),
            )
        ]

    play(tmp_path, scene, **SIGNED)


def test_the_documented_end_and_its_twin_with_another_body_are_both_stored_in_full(tmp_path: Path) -> None:
    def completed(body: bytes, direction: str, headers: dict[str, str], *, same_key: bool) -> CallCompleted:
        return CallCompleted(
            source="webhook",
            key="call.completed",
            digest=digest(body),
            body=body.decode(),
            occurred_at=NOON + timedelta(minutes=10),
            snapshot=CallSnapshot(
                status="completed", direction=direction, from_number="+15551230001", to_number="+15551230002"
            ),
            headers=headers,
            same_key=same_key,
        )

    async def scene(stage: Serving) -> None:
        vector = {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": VECTOR_SIGNATURE}
        stage.secret = None
        first = await stage.deliver(COMPLETED, SENT | signature(SECRET, COMPLETED))
        second = await stage.deliver(VECTOR, SENT | vector)
        assert (first.status_code, second.status_code) == (204, 204)
        assert [recorded.event for recorded in stage.feed()] == [
            completed(COMPLETED, "inbound", SENT | signature(SECRET, COMPLETED), same_key=False),
            completed(VECTOR, "outbound", SENT | vector, same_key=True),
        ]
        assert (await stage.json("/v1/calls/call_123"))["state"]["outcome"] == "completed"

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize(
    "name",
    [
        "call.created",
        "call.answered",
        "call.gathered",
        "call.completed",
        "call.failed",
        "call.canceled",
        "recording.started",
        "recording.completed",
        "recording.failed",
    ],
)
def test_every_event_of_the_provider_is_stored_under_its_name(tmp_path: Path, name: str) -> None:
    body = payload(name, data={"digits": "42", "timed_out": False, "unheard_of": [1, {"a": None}]}, surprise=True)

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body)).status_code == 204
        assert stage.names() == [name]
        assert report(stage, 0).body == body.decode()

    play(tmp_path, scene)


def test_credentials_in_other_headers_are_nowhere_in_the_ledger(tmp_path: Path) -> None:
    secrets = {"authorization": "Bearer hidden-bearer", "cookie": "session=hidden-cookie", "x-api-key": "hidden-key"}

    async def scene(stage: Serving) -> None:
        await stage.deliver(CREATED, {**secrets, "user-agent": "shown-agent"})
        await stage.deliver(CREATED, {**secrets, "user-agent": "shown-again"})
        await stage.deliver(b"unreadable", {**secrets, "user-agent": "shown-quarantined"})
        assert stage.names() == ["call.created", "call.redelivered", "delivery.quarantined"]
        stored = stage.stored_bytes()
        assert all(shown in stored for shown in (b"shown-agent", b"shown-again", b"shown-quarantined"))
        assert b"hidden" not in stored

    play(tmp_path, scene, **SIGNED)


def test_an_event_of_an_unknown_name_is_stored_and_shown(tmp_path: Path) -> None:
    body = payload("call.transferred", seconds=3, data={"to": "sip:someone"})

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body)).status_code == 204
        event = report(stage, 0)
        assert isinstance(event, CallReported)
        assert (event.NAME, event.name, event.body) == ("call.reported", "call.transferred", body.decode())
        assert [entry["detail"]["name"] for entry in (await stage.json("/v1/calls/call_1/timeline"))["entries"]] == [
            "call.transferred"
        ]

    play(tmp_path, scene)


def test_a_redelivery_is_noted_with_its_own_headers_and_changes_no_state(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        await stage.deliver(CREATED, SENT | signature(SECRET, CREATED))
        before = await stage.json("/v1/calls/call_123")
        again = SENT | signature(SECRET, CREATED, "1780056700")
        assert (await stage.deliver(CREATED, again)).status_code == 204
        assert stage.feed()[1].event == CallRedelivered(
            key="call.created|key|call_123:call.created", digest=digest(CREATED), headers=again
        )
        assert await stage.json("/v1/calls/call_123") == {**before, "position": 2}

    play(tmp_path, scene, **SIGNED)


def test_a_report_repeated_hundreds_of_times_is_acknowledged_and_stops_growing_the_ledger(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answers = await asyncio.gather(*(stage.deliver(CREATED) for _ in range(150)))
        assert {answer.status_code for answer in answers} == {204}
        assert stage.names() == ["call.created"] + ["call.redelivered"] * call.REDELIVERIES_PER_KEY_MAX

    play(tmp_path, scene)


def test_a_call_of_somebody_else_is_shown_without_a_campaign(tmp_path: Path) -> None:
    body = payload("call.created", "call_of_others", to="+15559990000", direction="inbound")

    async def scene(stage: Serving) -> None:
        await stage.deliver(body)
        assert await stage.json("/v1/calls/call_of_others") == {
            "call_id": "call_of_others",
            "campaign_id": None,
            "number": "+15559990000",
            "attempt_id": None,
            "claimed_by": None,
            "direction": "inbound",
            "from": "+15551230001",
            "to": "+15559990000",
            "state": {
                "phase": "dialing",
                "outcome": None,
                "reached": False,
                "step": "call.created",
                "created_at": at(0),
                "answered_at": None,
                "ended_at": None,
                "contested": False,
            },
            "insights": {},
            "position": 1,
        }

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-minivoice-timestamp": "1780056600"},
        {"x-minivoice-signature": VECTOR_SIGNATURE},
        {"x-minivoice-timestamp": "1780056601", "x-minivoice-signature": VECTOR_SIGNATURE},
        {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": VECTOR_SIGNATURE[3:]},
        {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": "v1="},
        signature("another secret", VECTOR),
        signature("", VECTOR),
        signature(SECRET, VECTOR + b" "),
    ],
)
def test_a_delivery_without_the_right_signature_is_refused_and_not_stored(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert_problem(await stage.deliver(VECTOR, headers), NOT_SIGNED)
        assert_problem(await stage.deliver(b"junk", headers), NOT_SIGNED)
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)


def test_what_the_previous_secret_signed_is_accepted_while_that_is_set(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = "the old one"
        assert (await stage.deliver(CREATED)).status_code == 204
        stage.secret = SECRET
        assert (await stage.deliver(COMPLETED)).status_code == 204
        stage.secret = "older still"
        assert_problem(await stage.deliver(VECTOR), NOT_SIGNED)
        assert stage.names() == ["call.created", "call.completed"]

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET_PREVIOUS="the old one", **SIGNED)


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        (str(int(NOON.timestamp())), 204),
        (str(int(NOON.timestamp()) - 60), 204),
        (str(int(NOON.timestamp()) - 61), 401),
        (str(int(NOON.timestamp()) + 61), 401),
        (str(int(NOON.timestamp()) * 1000), 204),
        ("2026-05-29T12:00:59Z", 204),
        ("2026-05-29T12:01:01Z", 401),
        ("yesterday", 401),
    ],
)
def test_with_a_tolerance_a_delivery_must_be_fresh(tmp_path: Path, timestamp: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        answer = await stage.deliver(CREATED, signature(SECRET, CREATED, timestamp))
        assert answer.status_code == status
        assert stage.names() == (["call.created"] if status == 204 else [])
        if status == 401:
            outside = "X-MiniVoice-Timestamp is outside MINIVOICE_WEBHOOK_TOLERANCE_SECONDS"
            assert_problem(answer, {**NOT_SIGNED, "detail": outside})

    play(tmp_path, scene, MINIVOICE_WEBHOOK_TOLERANCE_SECONDS="60", **SIGNED)


def test_without_a_tolerance_a_late_retry_is_worth_having(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert (await stage.deliver(CREATED, signature(SECRET, CREATED, "1"))).status_code == 204

    play(tmp_path, scene, **SIGNED)


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


@pytest.mark.parametrize("environ", [{}, SIGNED])
def test_a_delivery_may_have_a_mebibyte_and_no_more(tmp_path: Path, environ: dict[str, str]) -> None:
    largest = payload("call.answered")
    largest += b" " * (BODY_BYTES_MAX - len(largest))

    async def scene(stage: Serving) -> None:
        assert_problem(await stage.deliver(largest + b" "), TOO_LARGE)
        assert_problem(await stage.deliver(b"x" * 3_000_000), TOO_LARGE)
        assert stage.feed() == []
        assert (await stage.deliver(largest)).status_code == 204
        assert stage.names() == ["call.answered"]

    play(tmp_path, scene, **environ)


def test_over_a_real_connection_too_much_is_refused_with_and_without_a_length(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 10_000

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            assert_problem(await stage.deliver(b"x" * 3_000_000), TOO_LARGE)
            chunked = await stage.client.post("/webhooks/minivoice", content=chunks())
            assert "content-length" not in chunked.request.headers
            assert_problem(chunked, TOO_LARGE)
            assert stage.feed() == []
            assert (await stage.deliver(CREATED)).status_code == 204

    play(tmp_path, scene)


def test_a_delivery_that_breaks_off_is_neither_stored_nor_answered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        messages: list[dict[str, object]] = [
            {"type": "http.request", "body": payload("call.answered"), "more_body": True},
            {"type": "http.disconnect"},
        ]
        sent: list[object] = []

        async def receive() -> dict[str, object]:
            return messages.pop(0)

        async def send(message: object) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/webhooks/minivoice", "headers": []}
        await stage.parts.app(scope, receive, send)
        assert (stage.feed(), sent) == ([], [])

    play(tmp_path, scene)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_deliveries_come_by_post(tmp_path: Path, method: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.request(method, "/webhooks/minivoice")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.headers["content-type"] == "application/problem+json"

    play(tmp_path, scene)


async def read_everything(stage: Serving, call_id: str) -> None:
    path = f"/v1/calls/{in_path(call_id)}"
    shown, timeline, events = [await stage.json(path + end) for end in ("", "/timeline", "/events")]
    assert (shown["call_id"], shown["state"]["phase"]) == (call_id, "in_progress")
    assert (timeline["call_id"], [entry["event"] for entry in timeline["entries"]]) == (call_id, ["call.answered"])
    assert [item["stream"] for item in events["items"]] == [f"call:{call_id}"]


@pytest.mark.parametrize("call_id", ODD_IDS)
def test_a_call_can_be_read_whatever_its_id_is(tmp_path: Path, call_id: str) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.answered", call_id))).status_code == 204
        await read_everything(stage, call_id)

    play(tmp_path, scene)


def test_over_a_real_connection_too_calls_can_be_read_whatever_their_ids_are(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            for call_id in ODD_IDS:
                assert (await stage.deliver(payload("call.answered", call_id))).status_code == 204
            for call_id in ODD_IDS:
                await read_everything(stage, call_id)

    play(tmp_path, scene)


def test_each_commit_is_recorded_after_the_one_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for call_id in ("one", "two"):
            await stage.deliver(payload("call.answered", call_id))
        stage.clock.now -= timedelta(hours=1)
        await stage.deliver(payload("call.answered", "three"))
        assert [recorded.recorded_at for recorded in stage.feed()] == [NOON, NOON + TICK, NOON + 2 * TICK]

    play(tmp_path, scene)


def test_numbers_in_a_refused_delivery_do_not_come_back_in_the_answer(tmp_path: Path) -> None:
    body = json.dumps({"event": "call.answered", "created_at": TO, "call": {"id": OTHER}}).encode()

    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(body)
        assert answer.status_code == 400
        assert TO[1:] not in answer.text
        assert OTHER[1:] not in answer.text

    play(tmp_path, scene)
