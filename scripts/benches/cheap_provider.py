"""A provider that costs next to nothing: it takes every call, sends no webhook, and says when each request came.

python cheap_provider.py        prints its port; `GET /times` answers with the monotonic instants of all requests, in seconds
"""

import asyncio
import json
import time

import httptools
import uvloop

HEAD = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
CALL = b'{"id":"call_%d","status":"dialing","direction":"outbound","created_at":"2026-05-29T12:00:00Z"}'


class Provider(asyncio.Protocol):
    """One connection."""

    times: list[float] = []  # noqa: RUF012 - of all connections together

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._is_question = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Is it a call, or somebody who asks?"""
        self._is_question = url.startswith(b"/times")

    def on_message_complete(self) -> None:
        """Answer it."""
        if self._is_question:
            body = json.dumps(self.times).encode()
        else:
            self.times.append(time.monotonic())
            body = CALL % len(self.times)
        if self._transport is not None:
            self._transport.write(HEAD % len(body) + body)


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
