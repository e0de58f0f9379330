"""A server on loopback that reads one request's head and body, and answers with exactly the bytes that a test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """What was asked, and where it listens."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[bytes] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook"


@asynccontextmanager
async def raw_server(play: Play, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """`play` is called with each request read, and the connection stays open until it closes it or the client goes."""
    told = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length")
                    ),
                    0,
                )
                told.asked.append(head + await reader.readexactly(length))
                await play(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()


def answer(status: str = "204 No Content", headers: str = "", body: bytes = b"") -> Play:
    """A whole answer."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body)

    return play


async def hang(writer: asyncio.StreamWriter) -> None:
    """No answer, ever."""
    del writer
    await asyncio.Event().wait()
