"""Recordings over HTTP: MiniVoice's sandbox, started and stopped by an operator, and what is known of AI results."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.commands.calls import record_insights
from domain.call import InsightFetched, InsightTry, RecordingRequested
from tests.adapters.minivoice_server import always, http, never, raw_server
from tests.application.dialer.stage import Stage, numbers, stage
from tests.application.dialer.stage import play as play_on
from tests.entrypoints.serving import (
    AUDITOR,
    NOON,
    SECRET,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    invalid,
    payload,
    play,
    problem,
    signature,
)

TALKING: dict[str, Any] = {"answer_rate": 1.0, "ring_seconds": "0.01:0.01", "talk_seconds": "60:60"}
RECORDINGS = "/v1/calls/{}/recordings"
CONFLICT = "Not possible in the present state"
FAILED = "MiniVoice did not do it"


@asynccontextmanager
async def talking(folder: Path, **settings: Any) -> AsyncIterator[tuple[Stage, httpx.AsyncClient, str]]:
    """A call that somebody speaks in, and the API beside it."""
    async with stage(folder, **{**TALKING, **settings}) as it:
        await it.campaign(numbers(1))
        await it.until("answered", lambda: len(it.events("call.answered")) == 1)
        (answered,) = it.events("call.answered")
        transport = httpx.ASGITransport(it.parts.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            yield it, client, answered.stream.partition(":")[2]


def requested(it: Stage) -> list[tuple[str, str, int | None, str | None]]:
    """What was asked of MiniVoice, and what came of it."""
    events = [one.event for one in it.events("recording.requested")]
    return [(e.action, e.result, e.status, e.code) for e in events if isinstance(e, RecordingRequested)]


def test_a_recording_is_started_and_stopped_and_its_results_are_fetched_afterwards(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with talking(tmp_path, ai_seconds="0:0", recording_seconds="0:0") as (it, client, call_id):
            assert it.parts.insights is not None
            it.parts.insights.try_after = tuple(timedelta(seconds=0.1 * n) for n in range(1, 100))
            started = await client.post(RECORDINGS.format(call_id), json={"action": "start"})
            (event,) = it.events("recording.requested")
            assert event.metadata["actor"] == "operator:loopback"
            assert (started.status_code, started.json()["call_id"], started.json()["action"]) == (200, call_id, "start")
            assert started.json()["recording"]["status"] == "started"
            stopped = await client.post(RECORDINGS.format(call_id), json={"action": "stop"})
            assert stopped.status_code == 200
            assert requested(it) == [("start", "accepted", 200, None), ("stop", "accepted", 200, None)]
            await it.until("reported", lambda: len(it.events("recording.completed")) == 1)
            assert it.call(call_id).phase == "in_progress"

            it.sandbox.hang_up(call_id)
            await it.until("fetched", lambda: len(it.events("insight.fetched")) >= 4)
            shown = (await client.get(f"/v1/calls/{call_id}")).json()["insights"]
            assert {kind: one["result"] for kind, one in shown.items()} == dict.fromkeys(
                ("transcription", "summary", "score", "topics"), "completed"
            )
            assert shown["transcription"]["data"]["full_text"] == "I need help with billing."
            assert shown["topics"]["data"][0]["topic"] == "Billing"

    play_on(scenario)


@pytest.mark.parametrize(
    ("settings", "action", "status", "says"),
    [
        (
            {},
            "stop",
            409,
            "recording_not_started: no recording of this call is on; start one with: dialtrail recording ",
        ),
        (
            {"call_uuid_missing_rate": 1.0},
            "start",
            409,
            "call_uuid_missing: MiniVoice has not connected this call yet; ",
        ),
        (
            {"recording_start_failed_rate": 1.0},
            "start",
            502,
            "recording_start_failed: MiniVoice could not start the recording; try again",
        ),
    ],
)
def test_what_minivoice_refuses_says_what_to_do_and_is_on_the_call(
    tmp_path: Path, settings: dict[str, Any], action: str, status: int, says: str
) -> None:
    async def scenario() -> None:
        async with talking(tmp_path, **settings) as (it, client, call_id):
            answer = await client.post(RECORDINGS.format(call_id), json={"action": action})
            detail = answer.json()["detail"]
            kind, title = ("conflict", CONFLICT) if status == 409 else ("provider-failed", FAILED)
            assert_problem(answer, problem(kind, status, title, detail))
            assert detail.startswith(says)
            ((asked, result, _, code),) = requested(it)
            assert (asked, result, code) == (action, "refused", says.partition(":")[0])
            timeline = (await client.get(f"/v1/calls/{call_id}/timeline")).json()["entries"]
            assert [one["detail"]["code"] for one in timeline if one["event"] == "recording.requested"] == [code]

    play_on(scenario)


def test_a_call_that_only_minivoice_knows_to_be_over_is_a_conflict(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with talking(tmp_path) as (it, client, call_id):
            it.sandbox.update(drop_rate=1.0)
            it.sandbox.hang_up(call_id)
            answer = await client.post(RECORDINGS.format(call_id), json={"action": "start"})
            assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (409, "active_call_not_found")
            assert requested(it) == [("start", "refused", 404, "active_call_not_found")]

    play_on(scenario)


@pytest.mark.parametrize(
    ("answering", "result", "says"),
    [
        (always(http(503, b"{}")), "unclear", "whether the recording was changed is not known (HTTP 503); wait for "),
        (never, "unclear", "whether the recording was changed is not known (sent, but no whole answer within 0.5 s); "),
        (always(http(401, b"{}")), "refused", "MiniVoice refused with HTTP 401; dialtrail events CALL_ID shows its"),
        (None, "unsent", "MiniVoice was not asked: connection never made: "),
    ],
)
def test_what_nobody_can_tell_is_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answering: Any, result: str, says: str
) -> None:
    async def scenario() -> None:
        async with raw_server(answering or never) as server:
            url = server.url if answering is not None else "http://127.0.0.1:1"
            async with stage(tmp_path, provider=url) as it:
                monkeypatch.setattr(it.dialer._attempts._client, "_timeout_seconds", 0.5)
                await _told(it, payload("call.answered", "call_1", seconds=3))
                transport = httpx.ASGITransport(it.parts.app)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                    answer = await client.post(RECORDINGS.format("call_1"), json={"action": "start"})
                assert_problem(answer, problem("provider-failed", 502, FAILED, answer.json()["detail"]))
                assert answer.json()["detail"].startswith(says)
                assert [one[1] for one in requested(it)] == [result]

    play_on(scenario)


def test_what_cannot_be_done_is_refused_before_minivoice_is_asked(tmp_path: Path) -> None:
    unknown = "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids"

    async def scene(it: Serving) -> None:
        path = RECORDINGS.format("call_1")
        missing = await it.client.post(path, json={"action": "start"})
        assert_problem(missing, problem("not-found", 404, "Nothing is known under that name", unknown))
        await it.deliver(payload("call.answered", seconds=3))
        apart = await it.client.post(path, json={"action": "start"})
        says = "this process does not speak to MiniVoice; start one that does with: dialtrail up"
        assert_problem(apart, problem("conflict", 409, CONFLICT, says))
        for body in ({"action": "pause"}, {}, {"action": "start", "more": 1}, {"action": 1}):
            wrong = await it.client.post(path, json=body)
            field = "more" if "more" in body else "action"
            assert_problem(wrong, invalid(field, wrong.json()["detail"].partition(": ")[2]))
        await it.deliver(payload("call.completed", seconds=9))
        over = await it.client.post(path, json={"action": "start"})
        assert_problem(over, problem("conflict", 409, CONFLICT, "this call has ended, and cannot be recorded any more"))
        assert "recording.requested" not in it.names()

    play(tmp_path, scene)


ENTRIES_OF_INSIGHTS = [
    {"kind": "score", "result": "missing", "asked": 2, "code": "ai_score_not_found"},
    {"kind": "score", "result": "gave_up", "asked": 1, "code": "ai_score_not_found"},
    {"kind": "topics", "result": "completed"},
    {"kind": "summary", "result": "failed"},
]


def test_insights_are_shown_by_kind_and_to_viewers_without_what_they_say(tmp_path: Path) -> None:
    tries = tuple(
        InsightTry(at=NOON + timedelta(seconds=s), result="missing", code="ai_score_not_found") for s in (1, 2)
    )
    fetched = (
        InsightFetched(kind="score", result="missing", body="{}", asked=tries),
        InsightFetched(kind="score", result="gave_up", body="{}", asked=tries[:1]),
        InsightFetched(kind="topics", result="completed", body='{"count":1,"data":[{"topic":"Billing"}]}'),
        InsightFetched(kind="summary", result="failed", why="HTTP 500", body="Ada was here"),
    )
    nothing: dict[str, Any] = {"asked": 0, "asked_at": None, "code": None, "why": None, "data": None}
    given_up = {"result": "gave_up", "asked": 3, "asked_at": at(1), "code": "ai_score_not_found"}
    score = {**nothing, **given_up}

    async def scene(it: Serving) -> None:
        await it.deliver(payload("call.completed", seconds=9))
        for one in fetched:
            await it.do(record_insights("call_1", [one]))
        shown = {
            role: (await it.json("/v1/calls/call_1", headers))["insights"]
            for role, headers in (("auditor", AUDITOR), ("viewer", VIEWER))
        }
        times = {kind: one.pop("recorded_at") for kind, one in shown["auditor"].items()}
        assert {kind: one.pop("recorded_at") for kind, one in shown["viewer"].items()} == times
        assert shown["auditor"] == {
            "score": score,
            "topics": {**nothing, "result": "completed", "data": [{"topic": "Billing"}]},
            "summary": {**nothing, "result": "failed", "why": "HTTP 500"},
        }
        assert shown["viewer"] == {
            "score": score,
            "topics": {**nothing, "result": "completed"},
            "summary": {**nothing, "result": "failed"},
        }
        past = await it.json("/v1/calls/call_1?as_of=2", AUDITOR)
        assert {kind: one["result"] for kind, one in past["insights"].items()} == {"score": "missing"}
        entries = (await it.json("/v1/calls/call_1/timeline", VIEWER))["entries"]
        assert [one["detail"] for one in entries if one["event"] == "insight.fetched"] == ENTRIES_OF_INSIGHTS

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


async def _told(it: Stage, body: bytes) -> None:
    transport = httpx.ASGITransport(it.parts.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        answer = await client.post("/webhooks/minivoice", content=body, headers=signature(SECRET, body))
    assert answer.status_code == 204
