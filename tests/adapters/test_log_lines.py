import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import structlog

from adapters import log_lines
from adapters.log_lines import DROPPED, LogLines, log_to_stderr
from adapters.minivoice_client import MiniVoiceClient
from application.metrics import Metrics
from entrypoints import wiring
from entrypoints.http.webhooks import BODY_BYTES_MAX
from entrypoints.settings import load_settings
from tests.adapters.minivoice_client_of import REQUEST, Marks
from tests.adapters.minivoice_server import always, hang_up, http, raw_server
from tests.adapters.minivoice_server import payload as documented
from tests.entrypoints.serving import NOON, SECRET, TO, Serving, full_disk, payload, play

AT_NOON = "2026-05-29T12:00:00.000000Z"
WAIT_SECONDS_MAX = 20.0
CALL_ID = "call_20260529T120000.000000000"


class Pipe(io.StringIO):
    """A stream whose reader takes nothing until `is_read` is set, and who says when somebody writes."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = Event()
        self.written_to = Event()

    def write(self, text: str) -> int:
        self.written_to.set()
        assert self.is_read.wait(WAIT_SECONDS_MAX)
        return super().write(text)


@contextmanager
def lines_on(stream: io.StringIO, level: int = logging.INFO) -> Iterator[LogLines]:
    with closing(LogLines(stream, level, lambda: NOON)) as lines:
        yield lines


def shown(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Serving], Any]:
    """The lines of an installation that logs as `up` does, since this was asked before; times are left out."""
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock: log_to_stderr(logging.INFO, clock))

    def read(stage: Serving) -> list[dict[str, Any]]:
        stage.parts.lines.flush()
        lines = shown(capsys.readouterr().err)
        for line in lines:
            assert line.pop("timestamp") == AT_NOON
            assert 0 <= line.pop("ms") < 60_000
        return lines

    return read


def delivery(event: str, level: str, **fields: Any) -> dict[str, Any]:
    nothing = {"report": None, "call_id": None, "bytes": None, "reason": None}
    return {"level": level, "event": event, **nothing, **fields}


def test_each_delivery_leaves_one_line_without_its_body_and_without_a_number(
    tmp_path: Path, logged: Callable[[Serving], Any], capsys: pytest.CaptureFixture[str]
) -> None:
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
        await stage.deliver(payload("call.gathered", data={"digits": "5551230002"}))
        stage.parts.lines.flush()
        text = capsys.readouterr().err
        assert "delivery stored" in text
        assert [word for word in (TO[1:], "5551230002", "digits") if word in text] == []

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_delivery_on_which_we_fail_ourselves_is_told_of_too(
    tmp_path: Path, logged: Callable[[Serving], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        async def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError(TO)

        monkeypatch.setattr(stage.ledger, "execute", fail)
        answered = payload("call.answered")
        with pytest.raises(ZeroDivisionError):
            await stage.deliver(answered)
        assert logged(stage) == [
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


def test_a_line_is_one_json_object_with_its_time_and_its_level_first() -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.WARNING, "something", {"call_id": "call\n1", "ms": 1.23456, "at": NOON})

    assert stream.getvalue() == (
        f'{{"timestamp":"{AT_NOON}","level":"warning","event":"something",'
        '"call_id":"call\\n1","ms":1.235,"at":"2026-05-29T12:00:00+00:00"}\n'
    )


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"\ud800": 1}, object()])
def test_what_has_no_json_form_does_not_stop_the_lines(value: object) -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.INFO, "odd", {"value": value})
        lines.add(logging.INFO, "after", {})

    assert [line["event"] for line in shown(stream.getvalue())] == ["odd", "after"]


def test_lines_below_the_level_are_not_even_put_into_the_queue() -> None:
    stream = io.StringIO()
    with lines_on(stream, logging.WARNING) as lines:
        lines.add(logging.INFO, "quiet", {})
        lines.add(logging.WARNING, "loud", {})

    assert [line["event"] for line in shown(stream.getvalue())] == ["loud"]


def test_where_nobody_reads_lines_are_dropped_counted_and_told_of_once_somebody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_lines, "LINES_WAITING_MAX", 3)
    pipe = Pipe()
    with lines_on(pipe) as lines:
        lines.add(logging.INFO, "stuck", {})
        assert pipe.written_to.wait(WAIT_SECONDS_MAX)
        for n in range(5):
            lines.add(logging.INFO, f"line {n}", {})
        assert lines.dropped == 2
        pipe.is_read.set()
        lines.flush()
        lines.add(logging.INFO, "again", {})

    said = shown(pipe.getvalue())
    assert [line["event"] for line in said] == ["stuck", "line 0", "line 1", "line 2", DROPPED, "again"]
    assert said[4] == {"timestamp": AT_NOON, "level": "warning", "event": DROPPED, "lines": 2}


def test_a_reader_that_is_gone_costs_lines_and_nothing_else() -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.INFO, "read", {})
        lines.flush()
        stream.close()
        lines.add(logging.INFO, "to nobody", {})
        lines.flush()
        lines.flush()
        assert lines.dropped == 1


def test_closing_writes_what_waits_and_later_lines_are_written_at_once() -> None:
    stream = io.StringIO()
    lines = LogLines(stream, logging.INFO, lambda: NOON)
    for n in range(2_000):
        lines.add(logging.INFO, f"line {n}", {})
    lines.close()
    assert [line["event"] for line in shown(stream.getvalue())] == [f"line {n}" for n in range(2_000)]

    lines.add(logging.ERROR, "late", {})
    assert shown(stream.getvalue())[-1]["event"] == "late"


def test_closing_does_not_wait_for_ever_for_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "FLUSH_SECONDS_MAX", 0.01)
    pipe = Pipe()
    lines = LogLines(pipe, logging.INFO, lambda: NOON)
    lines.add(logging.INFO, "stuck", {})
    assert pipe.written_to.wait(WAIT_SECONDS_MAX)
    lines.close()
    lines.add(logging.INFO, "after", {})
    pipe.is_read.set()
    lines._thread.join(WAIT_SECONDS_MAX)
    assert not lines._thread.is_alive()


def test_what_structlog_is_told_goes_the_same_way_with_its_error_and_what_is_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(log_to_stderr(logging.INFO, lambda: NOON + timedelta(seconds=1))):
        log = structlog.get_logger("dialtrail.test")
        with structlog.contextvars.bound_contextvars(attempt_id="att_1"):
            log.debug("not shown")
            log.warning("a warning", place=1)
            try:
                int("inside")
            except ValueError:
                log.exception("it failed")

    warning, failure = shown(capsys.readouterr().err)
    at = "2026-05-29T12:00:01.000000Z"
    assert warning == {"timestamp": at, "level": "warning", "event": "a warning", "attempt_id": "att_1", "place": 1}
    assert (failure["level"], failure["event"], failure["attempt_id"]) == ("error", "it failed", "att_1")
    assert failure["exception"].endswith("ValueError: invalid literal for int() with base 10: 'inside'")


def test_each_answer_of_the_provider_leaves_one_line_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    created = http(201, documented("post-call-response.json"))
    refused = http(402, b'{"error":{"code":"insufficient_balance","message":"balance is too low"}}')

    async def ask(metrics: Metrics, reply: bytes | None) -> None:
        answering = hang_up if reply is None else always(reply)
        async with raw_server(answering) as server:
            settings = load_settings({"MINIVOICE_API_KEY": "mv_live_test", "MINIVOICE_BASE_URL": server.url})
            client: MiniVoiceClient
            async with wiring._client(settings, metrics) as client:
                with structlog.contextvars.bound_contextvars(attempt_id="att_1"):
                    await client.place_call(REQUEST, Marks())

    metrics = Metrics()
    with closing(log_to_stderr(logging.INFO, lambda: NOON)):
        for reply in (created, refused, None):
            asyncio.run(ask(metrics, reply))

    lines = shown(capsys.readouterr().err)
    asked = {"timestamp": AT_NOON, "attempt_id": "att_1", "operation": "place_call"}
    assert [line.pop("ms") >= 0 for line in lines] == [True] * 3
    assert lines == [
        {**asked, "level": "info", "event": "MiniVoice answered", "status": 201, "code": None, "call_id": CALL_ID},
        {**asked, "level": "info", "event": "MiniVoice answered", "status": 402, "code": "insufficient_balance"},
        {**asked, "level": "warning", "event": "MiniVoice did not answer", "status": None, "code": None},
    ]
    text = metrics.text().decode()
    assert 'dialtrail_provider_errors_total{code="insufficient_balance",operation="place_call"} 1.0' in text
    assert 'dialtrail_provider_errors_total{code="no_answer",operation="place_call"} 1.0' in text
