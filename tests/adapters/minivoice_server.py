"""A loopback server on raw sockets that stands in for MiniVoice where its bytes, or their absence, matter."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads"
Answering = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


def payload(name: str) -> bytes:
    """A documented example, byte for byte."""
    return (PAYLOADS / name).read_bytes()


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(reply: bytes) -> Answering:
    """Writes the same bytes after every request."""

    async def answer(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(reply)
        await writer.drain()

    return answer


def in_turn(*replies: bytes) -> Answering:
    """Writes the next bytes after each request."""
    left = iter(replies)

    async def answer(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(next(left))
        await writer.drain()

    return answer


async def never(_: asyncio.StreamWriter, __: bytes) -> None:
    """Keeps the connection, and its peace."""


async def hang_up(writer: asyncio.StreamWriter, _: bytes) -> None:
    """Closes instead of answering."""
    writer.close()


class RawServer:
    """Reads whole requests, and lets `answering` write to each."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.requests: list[bytes] = []
        self.connections = 0
        self.connected = asyncio.Event()
        self.heard = asyncio.Event()
        self.url = ""
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def drop_connections(self) -> None:
        """Close every connection from this side, and wait until they are."""
        for writer in list(self._open):
            writer.close()
        for writer in list(self._open):
            try:
                await writer.wait_closed()
            except ConnectionError:
                continue

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open[writer] = asyncio.current_task()
        self.connected.set()
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                request = head + await reader.readexactly(_content_length(head))
                self.requests.append(request)
                self.heard.set()
                await self.answering(writer, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        await self.drop_connections()
        await asyncio.gather(*(task for task in self._open.values() if task is not None))


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@asynccontextmanager
async def raw_server(answering: Answering) -> AsyncIterator[RawServer]:
    """Serves on a free port of 127.0.0.1 until the block ends."""
    raw = RawServer(answering)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield raw
    finally:
        server.close()
        await raw.end()
        await server.wait_closed()
