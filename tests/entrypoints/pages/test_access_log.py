import json
import logging
from pathlib import Path
from typing import Any

import pytest

from adapters.log_lines import log_to_stderr
from entrypoints import wiring
from tests.entrypoints.pages.staging import GUARDED, confirm, fill, load, sign_in
from tests.entrypoints.serving import TO, VIEWER, Serving, play


def whose(line: dict[str, Any]) -> tuple[str, str, int, str | None, str | None]:
    about = line.get("call_id") or line.get("recipient") or line.get("campaign_id")
    return line["method"], line["route"], line["status"], line["actor"], about


def test_the_log_says_who_read_whose_journey_on_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    async def scene(stage: Serving) -> None:
        await fill(stage)
        stage.parts.lines.flush()
        capsys.readouterr()
        await sign_in(stage, "operator")
        await load(stage, "/calls/call_1")
        await load(stage, f"/campaigns/spring_followup/recipients/{TO}")
        await load(stage, "/calls/call_1/compare/call_2")
        await confirm(stage, "/campaigns/spring_followup/pause")
        await stage.client.get("/static/style.css")
        stage.client.cookies.clear()
        await stage.client.get("/calls/call_1")
        stage.parts.lines.flush()
        text = capsys.readouterr().err
        assert TO not in text
        assert "command-token" not in text
        lines = [json.loads(line) for line in text.splitlines()]
        assert [whose(one) for one in lines if one["event"] == "request"] == [
            ("POST", "/sign-in", 303, "olga", None),
            ("GET", "/calls/{id}", 200, "olga", "call_1"),
            ("GET", "/campaigns/{id}/recipients/{number}", 200, "olga", stage.ledger.recipient_stream(TO)),
            ("GET", "/calls/{id}/compare/{other}", 200, "olga", "call_1"),
            ("GET", "/campaigns/{id}/pause", 200, "olga", "spring_followup"),
            ("POST", "/campaigns/{id}/pause", 200, "olga", "spring_followup"),
            ("GET", "/calls/{id}", 303, None, "call_1"),
        ]
        paused = stage.feed()[-1]
        posted = next(one for one in lines if one.get("route") == "/campaigns/{id}/pause" and one["method"] == "POST")
        assert paused.metadata == {"actor": "operator:olga", "request": posted["request_id"]}

    play(tmp_path, scene, **GUARDED)


def test_the_log_says_by_pseudonym_whom_a_viewer_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    async def scene(stage: Serving) -> None:
        await fill(stage)
        stage.parts.lines.flush()
        capsys.readouterr()
        stream = stage.ledger.recipient_stream(TO)
        await sign_in(stage, "viewer")
        await load(stage, f"/campaigns/spring_followup/recipients/{stage.known_as(TO)}")
        await stage.client.get(f"/v1/campaigns/spring_followup/recipients/{stage.known_as(TO)}", headers=VIEWER)
        await stage.client.get(f"/v1/campaigns/spring_followup/recipients/{stage.known_as(TO)}/explain", headers=VIEWER)
        await stage.client.get("/v1/campaigns/spring_followup/recipients/nobody", headers=VIEWER)
        stage.parts.lines.flush()
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        asked = [one.get("recipient") for one in lines if one["event"] == "request" and one["method"] == "GET"]
        assert asked == [stream, stream, stream, None]

    play(tmp_path, scene, **GUARDED)
