"""Clients that say nothing, and a real `dialtrail up` that goes on receiving webhooks."""

import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.entrypoints.serving import payload, signature
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port

NOWHERE = "http://127.0.0.1:9"
FILES = 256
SILENT = 300
WITH_FEW_FILES = ("sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh")


def test_webhooks_come_in_while_more_connections_are_silent_than_there_are_files(tmp_path: Path) -> None:
    port = free_port()
    up = Up(tmp_path, NOWHERE, port, within=WITH_FEW_FILES)
    with up, ExitStack() as open_ones:
        for _ in range(SILENT):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        assert [deliver(up, n) for n in range(20)] == [204] * 20
        assert up.api("GET", "/v1/calls/call_19")["call_id"] == "call_19"
        told = httpx.get(f"{up.url}/metrics", trust_env=False).text
        assert 'dialtrail_bad_requests_total{reason="gave_way"}' in told
        assert up.stop() == 0
    assert "Too many open files" not in up.log.read_text()


def deliver(up: Up, n: int) -> int:
    """The status of one signed webhook, on a connection of its own."""
    body = payload("call.answered", f"call_{n}")
    headers = signature(WEBHOOK_SECRET, body)
    return httpx.post(f"{up.url}/webhooks/minivoice", content=body, headers=headers, trust_env=False).status_code
