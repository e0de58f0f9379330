"""Somebody who reads the stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.entrypoints.serving import WAIT_SECONDS_MAX, Serving

Message = dict[str, str]


class Reader:
    """A stream that is open, and what came of it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> Message:
        """The next message: its fields by name; a comment is under the empty name."""
        message: Message = {}
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            async for line in self._lines:
                if not line:
                    return message
                name, _, value = line.partition(": ")
                message[name] = value
        raise EOFError

    async def events(self, count: int) -> list[Message]:
        """That many messages with an event."""
        found: list[Message] = []
        while len(found) < count:
            message = await self.next()
            if "event" in message:
                found.append(message)
        return found

    async def ended(self) -> bool:
        """Whether the server ended it, and properly: nothing but comments came before."""
        while True:
            try:
                message = await self.next()
            except EOFError:
                return True
            if "event" in message:
                return False


@asynccontextmanager
async def reading(stage: Serving, path: str = "/v1/stream", **headers: str) -> AsyncIterator[Reader]:
    """A stream that is open; its first field has been read, so the server has begun it."""
    async with stage.client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        reader = Reader(answer)
        assert await reader.next() == {"retry": "2000"}
        yield reader


async def feed(stage: Serving, after: int, headers: Mapping[str, str] | None = None) -> list[Message]:
    """The messages that there should be, from the feed that is read page by page."""
    page = await stage.json(f"/v1/events?after={after}&limit=1000", headers)
    return [{"id": str(item["position"]), "event": item["event"], "data": _line(item)} for item in page["items"]]


def _line(item: Any) -> str:
    return json.dumps(item, separators=(",", ":"), ensure_ascii=False)
