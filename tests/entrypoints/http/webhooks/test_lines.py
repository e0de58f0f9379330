"""The lines that a delivery leaves in the log."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.log_lines import log_to_stderr
from adapters.minivoice_webhook import BODY_BYTES_MAX
from entrypoints import wiring
from entrypoints.http import delivery as delivered
from tests.adapters.shown_lines import AT_NOON, shown
from tests.entrypoints.ledger_trouble import full_disk
from tests.entrypoints.serving import SECRET, TO, Serving, payload, play

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Serving], Any]:
    """The lines of an installation that logs as `up` does, since this was asked before; times are left out."""
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    def read(stage: Serving) -> list[dict[str, Any]]:
        stage.parts.lines.flush()
        lines = shown(capsys.readouterr().err)
        for line in lines:
            assert line.pop("timestamp") == AT_NOON
            assert 0 <= line.pop("ms", 0) < 60_000
        return lines

    return read


def delivery(event: str, level: str, **fields: Any) -> dict[str, Any]:
    nothing = {"report": None, "call_id": None, "bytes": None, "reason": None}
    return {"level": level, "event": event, **nothing, **fields}


def test_each_delivery_leaves_one_line(tmp_path: Path, logged: Callable[[Serving], Any]) -> None:
    async def scene(stage: Serving) -> None:
        answered = payload("call.answered")
        known = {"report": "call.answered", "call_id": "call_1", "bytes": len(answered), "status": 204}
        await stage.deliver(answered)
        assert logged(stage) == [delivery("delivery stored", "info", result="stored", **known)]
        await stage.deliver(answered)
        assert logged(stage) == [delivery("delivery known already", "info", result="redelivered", **known)]
        await stage.deliver(b"{")
        assert logged(stage) == [
            delivery(
                "delivery unreadable, kept in quarantine",
                "warning",
                result="quarantined",
                status=204,
                bytes=1,
                reason="body: is not JSON",
            )
        ]
        await stage.deliver(b" " * (BODY_BYTES_MAX + 1))
        assert logged(stage) == [
            delivery(
                "delivery too large",
                "warning",
                result="too_large",
                status=413,
                reason="a delivery may have at most 1048576 bytes",
            )
        ]

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_delivery_that_is_not_stored_leaves_one_line_too(tmp_path: Path, logged: Callable[[Serving], Any]) -> None:
    async def scene(stage: Serving) -> None:
        answered = payload("call.answered")
        stage.secret = "wrong"
        await stage.deliver(answered)
        assert logged(stage) == [
            delivery(
                "delivery refused",
                "warning",
                result="refused",
                status=401,
                bytes=len(answered),
                reason="X-MiniVoice-Signature is missing or was not made with MINIVOICE_WEBHOOK_SECRET",
            )
        ]
        stage.secret = SECRET
        large = payload("call.completed", note="x" * 50_000)
        with full_disk(stage.ledger):
            await stage.deliver(large)
        assert logged(stage) == [
            delivery(
                "delivery not stored",
                "warning",
                report="call.completed",
                call_id="call_1",
                result="unavailable",
                status=503,
                bytes=len(large),
                reason="the ledger could not be written (database or disk is full); nothing was stored",
            )
        ]

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


@pytest.mark.usefixtures("logged")
def test_the_line_of_a_delivery_has_neither_its_body_nor_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.gathered", data={"digits": "5551230002"}))
        stage.parts.lines.flush()
        text = capsys.readouterr().err
        assert "delivery stored" in text
        assert [word for word in (TO[1:], "5551230002", "digits") if word in text] == []

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_delivery_on_which_we_fail_ourselves_is_told_of_too(
    tmp_path: Path, logged: Callable[[Serving], Any], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async def scene(stage: Serving) -> None:
        def fail(_: object) -> None:
            raise ZeroDivisionError(TO)

        monkeypatch.setattr(delivered, "receive_report", lambda *_: fail)
        answered = payload("call.answered")
        if way == "ordinary":
            with pytest.raises(ZeroDivisionError):
                await stage.deliver(answered)
        else:
            failed = await stage.deliver(answered)
            assert (failed.status_code, failed.text) == (500, "Internal Server Error")
        assert [line for line in logged(stage) if line["event"].startswith("delivery")] == [
            delivery(
                "delivery not stored",
                "warning",
                report="call.answered",
                call_id="call_1",
                result="unavailable",
                status=500,
                bytes=len(answered),
                reason="Dialtrail itself failed (ZeroDivisionError)",
            )
        ]

    play(tmp_path, scene)
