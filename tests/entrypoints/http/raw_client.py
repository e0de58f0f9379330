"""A client over a real socket, and a server whose time is told."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from entrypoints.http.connection import BoundedConnection, Part
from entrypoints.serving import Server
from tests.entrypoints.serving import WAIT_SECONDS_MAX, Serving, on_a_socket, payload, play

MIB = 2**20
GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n"
POST = b"POST /webhooks/minivoice HTTP/1.1\r\nhost: 127.0.0.1\r\n"
LATER = 31.0
AWAITED = {"silent": Part.FIRST_BYTE, "slow_head": Part.HEAD, "slow_body": Part.BODY}


class Client:
    """A client that sends what it is told."""

    def __init__(self, stage: Serving, server: Server) -> None:
        self.port = stage.client.base_url.port
        self.stage = stage
        self.server = server
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that the server knows of."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def answer(self, *sent: bytes) -> bytes:
        """All that comes back until the server closes."""
        reader, writer = await self.connect()
        with suppress(ConnectionError):
            for part in sent:
                writer.write(part)
                await writer.drain()
        return await told(reader)

    def open(self) -> list[BoundedConnection]:
        """The server's side of those that are open."""
        return [one for one in self.server.server_state.connections if isinstance(one, BoundedConnection)]

    def reasons(self) -> dict[str, int]:
        """What was counted."""
        return {labels[0]: count for labels, count in self.stage.parts.metrics._bad_requests.items()}

    async def is_well(self) -> None:
        """Others are still answered."""
        assert (await self.stage.deliver(payload("call.answered"))).status_code == 204

    def close(self) -> None:
        """Leave no connection behind."""
        for writer in self._writers:
            writer.close()


def scene(folder: Path, act: Callable[[Client], Coroutine[Any, Any, None]], **environ: str) -> None:
    async def run(stage: Serving) -> None:
        async with on_a_socket(stage, **environ) as server:
            client = Client(stage, server)
            try:
                await act(client)
            finally:
                client.close()

    play(folder, run, **environ)


async def told(reader: asyncio.StreamReader) -> bytes:
    """What the server says before it closes, which it must."""
    found = b""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                found += chunk
    return found


def sweep(client: Client, seconds: float) -> None:
    """As if so many seconds had gone by."""
    client.server.connections.sweep(asyncio.get_running_loop().time() + seconds)


def fields(count: int, size: int) -> bytes:
    return b"".join(b"x-%d: %s\r\n" % (n, b"a" * size) for n in range(count))
