import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.log_lines import log_to_stderr
from entrypoints import wiring
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    SECRET,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    in_path,
    on_a_socket,
    payload,
    play,
)

GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}
Lines = Callable[[Serving], list[dict[str, Any]]]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lines:
    """The access log since this was asked before; times are left out."""
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    def read(stage: Serving) -> list[dict[str, Any]]:
        stage.parts.lines.flush()
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        lines = [line for line in lines if line.pop("event") == "request"]
        for line in lines:
            assert (line.pop("timestamp"), line.pop("level")) == ("2026-05-29T12:00:00.000000Z", "info")
            assert 0 <= line.pop("ms") < 60_000
        return lines

    return read


def line(method: str, route: str | None, status: int, by: str | None, request_id: str, **about: str) -> dict[str, Any]:
    role, _, name = (by or "").partition(":")
    asked = {"method": method, "route": route, "status": status, "request_id": request_id}
    return {**asked, "actor": name or None, "role": role or None, **about}


def test_each_request_leaves_a_line_that_says_who_read_whose_journey(tmp_path: Path, requests: Lines) -> None:
    async def scene(stage: Serving) -> None:
        made = {"id": "spring_followup", "from": "+15551230001"}
        await stage.client.post("/v1/campaigns", json=made, headers=OPERATOR)
        rows = {"recipients": [{"number": TO}]}
        await stage.client.post("/v1/campaigns/spring_followup/recipients", json=rows, headers=OPERATOR)
        await stage.deliver(payload("call.answered"))
        requests(stage)
        person = stage.ledger.recipient_stream(TO)

        await stage.client.get("/v1/calls/call_1", headers=VIEWER)
        await stage.client.get("/v1/calls/call_1/timeline?as_of=3", headers=AUDITOR)
        await stage.client.get("/v1/calls/call_1/events", headers=AUDITOR)
        await stage.client.get(f"/v1/campaigns/spring_followup/recipients/{TO}", headers=AUDITOR)
        await stage.client.delete(f"/v1/suppressions/{in_path(TO)}", headers=OPERATOR)
        await stage.client.get("/v1/events", headers=AUDITOR)

        one = "/v1/campaigns/{id}/recipients/{number}"
        assert requests(stage) == [
            line("GET", "/v1/calls/{id}", 200, "viewer:vera", "request-3", call_id="call_1"),
            line("GET", "/v1/calls/{id}/timeline", 200, "auditor:anna", "request-4", call_id="call_1"),
            line("GET", "/v1/calls/{id}/events", 200, "auditor:anna", "request-5", call_id="call_1"),
            line("GET", one, 200, "auditor:anna", "request-6", campaign_id="spring_followup", recipient=person),
            line("DELETE", "/v1/suppressions/{number}", 200, "operator:olga", "request-7", recipient=person),
            line("GET", "/v1/events", 200, "auditor:anna", "request-8"),
        ]

    play(tmp_path, scene, **GUARDED)


def test_a_request_that_was_refused_is_told_of_with_what_it_was_about(tmp_path: Path, requests: Lines) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.get("/v1/calls/call_1/timeline")
        await stage.client.post("/v1/campaigns/spring_followup/start", headers=AUDITOR)
        await stage.client.get("/v1/calls/nobody", headers=AUDITOR)
        await stage.client.get("/v1/nowhere", headers=AUDITOR)
        for change_id in ("chg_1", TO):
            await stage.client.post(f"/v1/campaigns/spring_followup/changes/{change_id}/approve", headers=AUDITOR)
        approve, spring = "/v1/campaigns/{id}/changes/{change_id}/approve", {"campaign_id": "spring_followup"}
        assert requests(stage) == [
            line("GET", "/v1/calls/{id}/timeline", 401, None, "request-1", call_id="call_1"),
            line(
                "POST",
                "/v1/campaigns/{id}/start",
                403,
                "auditor:anna",
                "request-2",
                campaign_id="spring_followup",
            ),
            line("GET", "/v1/calls/{id}", 404, "auditor:anna", "request-3", call_id="nobody"),
            line("GET", None, 404, "auditor:anna", "request-4"),
            line("POST", approve, 403, "auditor:anna", "request-5", **spring, change_id="chg_1"),
            line("POST", approve, 403, "auditor:anna", "request-6", **spring),
        ]

    play(tmp_path, scene, **GUARDED)


def test_no_number_gets_into_the_lines_wherever_in_the_path_it_stands(
    tmp_path: Path, requests: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene(stage: Serving) -> None:
        digits = TO[1:]
        for path in (
            f"/v1/campaigns/spring_followup/recipients/{TO}",
            f"/v1/campaigns/spring_followup/recipients/{digits}",
            f"/v1/campaigns/{TO}/recipients/{TO}",
            f"/v1/calls/{TO}",
            f"/v1/calls/{in_path(TO)}/timeline",
            f"/v1/attempts/{TO}/resolve",
            f"/v1/campaigns?number={TO}",
            f"/v1/{TO}",
        ):
            await stage.client.get(path)
        stage.parts.lines.flush()
        text = capsys.readouterr().err
        assert text.count('"event":"request"') == 8
        assert digits not in text

    play(tmp_path, scene)


def test_health_and_metrics_leave_no_line(tmp_path: Path, requests: Lines) -> None:
    async def scene(stage: Serving) -> None:
        for path in ("/health/live", "/health/ready", "/metrics", "/nowhere"):
            await stage.client.get(path)
        assert requests(stage) == []

    play(tmp_path, scene)


@pytest.mark.parametrize("given", ["a", "x" * 64, "Az09._-", "req.2026-05-29_1"])
def test_a_request_id_that_is_one_is_kept(tmp_path: Path, requests: Lines, given: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/v1/campaigns", headers={"x-request-id": given})
        assert answer.headers.get_list("x-request-id") == [given]
        assert requests(stage) == [line("GET", "/v1/campaigns", 200, "operator:loopback", given)]

    play(tmp_path, scene)


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "é", "a/b", "+15551230002", "{}"])
def test_a_request_id_that_is_none_is_replaced(tmp_path: Path, requests: Lines, given: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/v1/campaigns", headers=[(b"x-request-id", given.encode())])
        assert answer.headers.get_list("x-request-id") == ["request-1"]
        assert requests(stage) == [line("GET", "/v1/campaigns", 200, "operator:loopback", "request-1")]

    play(tmp_path, scene)


def test_every_answer_but_webhooks_has_its_own_id(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answers = [await stage.client.get(path) for path in ("/v1/campaigns", "/v1/nowhere", "/health/live")]
            delivered = await stage.deliver(payload("call.answered"))
        assert [answer.headers["x-request-id"] for answer in answers] == ["request-1", "request-2", "request-3"]
        assert "x-request-id" not in delivered.headers

    play(tmp_path, scene)


def test_what_a_request_caused_is_stored_with_its_id(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        body = {"number": TO}
        await stage.client.post("/v1/suppressions", json=body, headers={**OPERATOR, "x-request-id": "ticket-7"})
        await stage.client.delete(f"/v1/suppressions/{TO}", headers=OPERATOR)
        assert [recorded.metadata for recorded in stage.feed()] == [
            {"actor": "operator:olga", "request": "ticket-7"},
            {"actor": "operator:olga", "request": "request-1"},
        ]

    play(tmp_path, scene, **GUARDED)


def test_a_mistake_of_ours_is_counted_as_500_and_its_lines_have_the_request_s_id(
    tmp_path: Path, requests: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene(stage: Serving) -> None:
        def mistake(*_: object) -> None:
            raise ValueError("a detail of the inside")

        stage.parts.ledger.read_feed = mistake  # type: ignore[method-assign,assignment]
        transport = httpx.ASGITransport(stage.parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/v1/events", headers={"x-request-id": "odd-one"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (500, "odd-one")
        stage.parts.lines.flush()
        said = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
        lines = [one for one in said if "request_id" in one]  # the views meet the mistake as well, or not yet
        assert [(one["event"], one["request_id"]) for one in lines] == [
            ("a request failed inside Dialtrail", "odd-one"),
            ("request", "odd-one"),
        ]
        assert lines[1]["status"] == 500

    play(tmp_path, scene)
