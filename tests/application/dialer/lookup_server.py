"""A user's own system on loopback: it answers each question about a person as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.adapters.raw_server import RawServer, raw_server

Say = Callable[[dict[str, Any]], "bytes | dict[str, Any] | None"]


class LookupServer:
    """Where it listens, and what it was asked."""

    def __init__(self, server: RawServer) -> None:
        self.raw = server

    @property
    def url(self) -> str:
        """Its address."""
        return self.raw.url

    def questions(self) -> list[dict[str, Any]]:
        """The bodies of all questions, in order."""
        return [json.loads(asked.split(b"\r\n\r\n", 1)[1]) for asked in self.raw.asked if asked.startswith(b"POST")]

    def numbers(self) -> list[str]:
        """Who was asked about, in order."""
        return [question["number"] for question in self.questions()]


def ok(body: bytes | dict[str, Any], status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(content)}\r\n{headers}\r\n".encode() + content


@asynccontextmanager
async def lookup_server(say: Say, held: asyncio.Event | None = None) -> AsyncIterator[LookupServer]:
    """`say` gives the object that is answered, or the bytes; None answers never. No answer comes before `held` is set."""
    told: list[LookupServer] = []

    async def play(writer: asyncio.StreamWriter) -> None:
        asked = told[0].raw.asked[-1]
        if not asked.startswith(b"POST"):
            writer.write(ok(b"", "405 Method Not Allowed"))
            return
        said = say(json.loads(asked.split(b"\r\n\r\n", 1)[1]))
        if said is None:
            await asyncio.Event().wait()
        if held is not None:
            await held.wait()
        writer.write(said if isinstance(said, bytes) else ok(said or {}))

    async with raw_server(play) as server:
        told.append(LookupServer(server))
        yield told[0]
