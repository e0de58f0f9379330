"""A small webhook receiver: records what it is sent, and answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    raw_body: bytes

    @property
    def body(self) -> dict[str, object]:
        parsed: dict[str, object] = orjson.loads(self.raw_body)
        return parsed

    @property
    def event(self) -> object:
        return self.body["event"]


@dataclass
class Receiver:
    """Answers `statuses` in turn, then 204; status 0 closes the connection without an answer."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    open: set[asyncio.Task[None]] = field(default_factory=set)

    def events(self) -> list[object]:
        return [webhook.event for webhook in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.open.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                raw_body = await reader.readexactly(int(headers["Content-Length"]))
                self.received.append(Received(headers, raw_body))
                status = self.statuses.pop(0) if self.statuses else 204
                if status == 0:
                    break
                length = "" if status == 204 else "Content-Length: 0\r\n"
                writer.write(f"HTTP/1.1 {status} x\r\n{length}\r\n".encode())
        writer.close()
        self.open.discard(task)


@contextlib.asynccontextmanager
async def receiving(*statuses: int, port: int = 0) -> AsyncIterator[Receiver]:
    receiver = Receiver(statuses=list(statuses))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks"
    try:
        yield receiver
    finally:
        server.close()
        for task in set(receiver.open):
            task.cancel()
        await asyncio.gather(*receiver.open)
