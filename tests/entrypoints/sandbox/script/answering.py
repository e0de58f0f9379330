"""A small answer_url: serves documents by path, and remembers what it was asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from tests.entrypoints.sandbox.stage import TO, Stage, staged

AT_ONCE: dict[str, object] = {
    "fetch_answers": True,
    "say_seconds_per_character": 0,
    "wait_factor": 0.001,
    "press_seconds": 0,
    "gather_report_seconds": 0,
    "answer_retry_seconds": 0.01,
    "wrong_direction_rate": 0,
}


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw_body: bytes

    @property
    def fields(self) -> object:
        return orjson.loads(self.raw_body)


@dataclass
class Reply:
    """Status 0 closes the connection without an answer; `after` is awaited before either."""

    body: bytes
    status: int = 200
    after: Callable[[], Awaitable[object]] | None = None


Answer = Callable[[Asked], Reply]


def said(*actions: object) -> Reply:
    return Reply(orjson.dumps({"actions": actions}))


@dataclass
class Answering:
    """`pages` by path: a document, or what makes one of a request; any other path is a 404."""

    url: str = ""
    pages: dict[str, Reply | Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    open: set[asyncio.Task[None]] = field(default_factory=set)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.open.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                continue
        writer.close()
        self.open.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
        raw_body = await reader.readexactly(int(headers.get("content-length", 0)))
        url = urlsplit(target)
        asked = Asked(method, url.path, dict(parse_qsl(url.query)), headers, raw_body)
        self.asked.append(asked)
        page = self.pages.get(url.path, Reply(b"", 404))
        reply = page(asked) if callable(page) else page
        if reply.after:
            await reply.after()
        if reply.status == 0:
            return False
        writer.write(f"HTTP/1.1 {reply.status} x\r\nContent-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body)
        await writer.drain()
        return True


@contextlib.asynccontextmanager
async def answering() -> AsyncIterator[Answering]:
    server = Answering()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in set(server.open):
            task.cancel()
        await asyncio.gather(*server.open)


Scene = Callable[[Stage, Answering], Coroutine[Any, Any, None]]


def act(scene: Scene, /, **settings: object) -> None:
    """Play a scene with an answer_url beside the sandbox: its path is /start."""

    async def run() -> None:
        async with answering() as server, staged(**AT_ONCE | {"answer_url": f"{server.url}/start"} | settings) as stage:
            await scene(stage, server)

    asyncio.run(run())


async def called(stage: Stage, to: str = TO, **fields: object) -> dict[str, Any]:
    """Place a call, wait for its end, and give its true state."""
    call_id = (await stage.post(to, **fields)).json()["id"]
    await stage.ended(len(stage.sandbox.calls))
    calls = (await stage.client.get("/_sandbox/calls")).json()
    found: dict[str, Any] = next(call for call in calls if call["id"] == call_id)
    return found


def lines(stage: Stage, kind: str, *names: str) -> list[Any]:
    """Those fields of the log's lines of a kind; a single field by itself."""
    found = [tuple(line.get(name) for name in names) for line in stage.sandbox.log.lines(kind)]
    return [one[0] for one in found] if len(names) == 1 else list(found)


def redirect(server: Answering, path: str, **fields: object) -> dict[str, object]:
    return {"redirect": {"url": server.url + path, **fields}}


def outcomes(call: dict[str, Any]) -> list[tuple[str, str]]:
    return [(action["action"], action["outcome"]) for action in call["script"]["actions"]]
