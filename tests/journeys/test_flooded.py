"""Clients that say nothing, or nothing sensible, and a real `dialtrail up` that goes on receiving webhooks."""

import os
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx

from tests.entrypoints.serving import WAIT_SECONDS_MAX, payload, signature
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


def test_webhooks_come_in_and_it_stops_though_nobody_reads_stderr(tmp_path: Path) -> None:
    """A pipe holds 64 KiB: it is full before the start, so that any line of whoever waits for it waits for ever."""
    pipe = tmp_path / "stderr"
    os.mkfifo(pipe)
    unread = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while os.write(unread, b"x" * 4_096):
            pass
    up = Up(tmp_path, NOWHERE, free_port(), within=("sh", "-c", 'exec "$@" 2>"$0"', str(pipe)))
    with up:
        for n in range(5):
            assert httpx.post(f"{up.url}/webhooks/minivoice", content=b"junk", trust_env=False).status_code == 401
            assert junk(up).startswith(b"HTTP/1.1 400")
            assert deliver(up, n) == 204
        told = httpx.get(f"{up.url}/metrics", trust_env=False).text
        assert 'dialtrail_bad_requests_total{reason="not_http"} 5.0' in told
        assert up.stop() == 0
    os.close(unread)


def junk(up: Up) -> bytes:
    """The answer to what is no request."""
    address = ("127.0.0.1", int(up.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=WAIT_SECONDS_MAX) as client:
        client.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        return client.recv(1_000)


def deliver(up: Up, n: int) -> int:
    """The status of one signed webhook, on a connection of its own."""
    body = payload("call.answered", f"call_{n}")
    headers = signature(WEBHOOK_SECRET, body)
    return httpx.post(f"{up.url}/webhooks/minivoice", content=body, headers=headers, trust_env=False).status_code
