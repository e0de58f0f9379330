"""The lines that an answer of the provider leaves in the log, and what of it is counted."""

import asyncio
import logging
from contextlib import closing

import pytest
import structlog

from adapters.log_lines import log_to_stderr
from adapters.minivoice_client import MiniVoiceClient
from application.metrics import Metrics
from entrypoints.provider import provider_client
from entrypoints.settings import load_settings
from tests.adapters.minivoice_client_of import REQUEST, Marks
from tests.adapters.minivoice_server import always, hang_up, http, payload, raw_server
from tests.adapters.shown_lines import AT_NOON, shown
from tests.entrypoints.serving import NOON

CALL_ID = "call_20260529T120000.000000000"


def test_each_answer_of_the_provider_leaves_one_line_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    created = http(201, payload("post-call-response.json"))
    refused = http(402, b'{"error":{"code":"insufficient_balance","message":"balance is too low"}}')

    async def ask(metrics: Metrics, reply: bytes | None) -> None:
        answering = hang_up if reply is None else always(reply)
        async with raw_server(answering) as server:
            settings = load_settings({"MINIVOICE_API_KEY": "mv_live_test", "MINIVOICE_BASE_URL": server.url})
            client: MiniVoiceClient
            async with provider_client(settings, metrics) as client:
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
