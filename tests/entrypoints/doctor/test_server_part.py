import asyncio
import socket

import httpx
import pytest

from entrypoints.doctor.finding import Finding
from entrypoints.doctor.server_part import nobody_is_up, server_findings
from tests.entrypoints.doctor.answering import Answer, Answering


def ask(url: str) -> list[Finding]:
    async def asked() -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await server_findings(http, url)

    return asyncio.run(asked())


def test_a_server_whose_parts_are_ready_is_ok() -> None:
    with Answering(lambda _: Answer(200, b'{"status":"ready","parts":{"ledger":"ready","dialer":"ready"}}')) as server:
        assert ask(server.url) == [Finding("server", "ok", f"up at {server.url}, ready: ledger, dialer")]
        assert [(one.method, one.target) for one in server.asked] == [("GET", "/health/ready")]


def test_each_part_in_trouble_is_told() -> None:
    body = b'{"status":"not ready","parts":{"ledger":"disk is full","statuses":"ready"}}'
    with Answering(lambda _: Answer(503, body)) as server:
        (finding,) = ask(server.url)

    assert (finding.level, finding.what) == ("danger", f"ledger at {server.url}: disk is full")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"parts":[]}'])
def test_something_else_at_its_address_is_told(body: bytes) -> None:
    with Answering(lambda _: Answer(200, body)) as server:
        (finding,) = ask(server.url)

    assert (finding.level, "answers not as Dialtrail does" in finding.what) == ("danger", True)


def test_a_server_that_does_not_answer_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (finding,) = ask(f"http://127.0.0.1:{free.getsockname()[1]}")

    assert (finding.level, "does not answer" in finding.what) == ("danger", True)


def test_where_nobody_is_up_the_port_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        note, danger = nobody_is_up("127.0.0.1", port)
    free = nobody_is_up("127.0.0.1", 0)

    assert (note.level, free) == ("note", [note])
    assert danger.what.startswith(f"127.0.0.1:{port} cannot be listened on (Address already in use)")
    assert [one.level for one in nobody_is_up("192.0.2.1", 0)] == ["note", "danger"]
