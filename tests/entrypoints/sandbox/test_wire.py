import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest

from entrypoints.sandbox import wire
from entrypoints.sandbox.wire import ANSWER_BYTES_MAX, Wire

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
URL = "http://127.0.0.1:9/hook"


async def asked(*answers: bytes | None) -> tuple[list[int], int]:
    """Statuses of one POST for each answer (None: none at all), and the number of connections that it took."""
    left, connections = list(answers), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while left:
                await reader.readuntil(b"body")
                answer = left.pop(0)
                if answer is None:
                    await reader.read()
                    break
                writer.write(answer)
                if b"close" in answer:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(transport=Wire(), timeout=0.2 if None in answers else 5) as client:
            statuses = [(await client.post(f"http://127.0.0.1:{port}/", content=b"body")).status_code for _ in answers]
    finally:
        server.close()
    return statuses, connections


def run(scene: Coroutine[Any, Any, tuple[list[int], int]]) -> tuple[list[int], int]:
    async def settled() -> tuple[list[int], int]:
        try:
            return await scene
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=2)

    return asyncio.run(settled())


def test_a_connection_is_kept_for_the_next_webhook() -> None:
    assert run(asked(NO_CONTENT, NO_CONTENT, b"HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nno")) == ([204, 204, 500], 1)


def test_a_connection_that_the_receiver_closes_is_not_used_again() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert run(asked(closing, NO_CONTENT)) == ([200, 204], 2)


def test_an_answer_that_ends_with_its_connection_counts() -> None:
    assert run(asked(b"HTTP/1.0 200 OK\r\nX: close\r\n\r\nfine")) == ([200], 1)


def test_an_interim_answer_is_not_the_answer() -> None:
    assert run(asked(b"HTTP/1.1 103 Early Hints\r\n\r\n" + NO_CONTENT)) == ([204], 1)


def test_a_long_body_is_not_read_to_its_end() -> None:
    length = ANSWER_BYTES_MAX * 4
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
    assert run(asked(endless, NO_CONTENT)) == ([200, 204], 2)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"close, and good riddance\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 close", httpx.RemoteProtocolError),
        (None, httpx.ReadTimeout),
    ],
)
def test_what_is_no_answer_is_an_error(answer: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        run(asked(answer))


def test_who_is_cancelled_just_as_the_answer_comes_does_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = wire._Connection.on_message_complete

    async def scene() -> tuple[list[int], int]:
        task = asyncio.current_task()
        assert task

        def then_cancelled(connection: wire._Connection) -> None:
            complete(connection)
            task.cancel()

        monkeypatch.setattr(wire._Connection, "on_message_complete", then_cancelled)
        return await asked(NO_CONTENT)

    with pytest.raises(asyncio.CancelledError):
        run(scene())


def test_a_receiver_that_is_not_there_is_an_error() -> None:
    async def scene() -> None:
        async with httpx.AsyncClient(transport=Wire()) as client:
            await client.post(URL, content=b"body")

    with pytest.raises(httpx.ConnectError):
        asyncio.run(scene())
