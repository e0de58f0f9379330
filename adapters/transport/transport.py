"""The transport: a bounded number of exchanges at once with one address, each on a connection of its own while it lasts.

It announces the moments that its caller counts on by the names that httpx's own transport gives them: with a connection
made, before the first byte, and once the last has left. What it was given is written at most once, whatever happens.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx

from adapters.transport.connecting import connected, offering_http_1
from adapters.transport.connection import HttpConnection
from adapters.transport.idle import IdleConnections
from adapters.transport.wire_answer import head_of

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]


class OneAddressTransport(httpx.AsyncBaseTransport):
    """Requests to the scheme, host and port of one URL, `connections_max` at once.

    A connection is used again within `idle_seconds`. The request's time-outs, in seconds, are httpx's: `pool` for a free
    connection, `connect` for a new one with its handshake, `write`, and `read` for each piece of the answer.
    """

    def __init__(
        self, url: httpx.URL, *, connections_max: int, idle_seconds: float, tls: ssl.SSLContext | None = None
    ) -> None:
        self._origin = _origin(url)
        scheme, host, self._port = self._origin
        self._host = host.decode()
        self._tls = offering_http_1(tls) if scheme == b"https" else None
        self._slots = asyncio.Semaphore(connections_max)
        self._idle = IdleConnections(idle_seconds)
        self._in_use: set[HttpConnection] = set()
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it once; the answer, whose body is still to be read."""
        head, length = self._checked(request)
        loop, timeouts = asyncio.get_running_loop(), request.extensions.get("timeout", {})
        await self._take_slot(timeouts.get("pool"))
        connection = None
        try:
            connection = self._idle.take(loop)
            if connection is None:
                self._check_open()
                connection = await connected(self._host, self._port, self._tls, timeouts.get("connect"), loop)
            self._in_use.add(connection)
            self._check_open()
            await _send(connection, request, head, length, timeouts.get("write"))
            answer = await connection.head(timeouts.get("read"))
        except BaseException:
            self._give_back(connection, loop, is_free=False)
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_AnswerStream(connection, timeouts.get("read"), self._give_back, loop),
            extensions={"http_version": answer.version, "reason_phrase": answer.reason},
        )

    async def aclose(self) -> None:
        """Close every connection; what is under way fails, and nothing can be asked after."""
        self._is_closed = True
        self._idle.close()
        for connection in list(self._in_use):
            connection.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("the transport is closed")

    def _checked(self, request: httpx.Request) -> tuple[bytes, int]:
        """A request's head, and how long its body is. Raises `httpx.LocalProtocolError` for one that cannot be sent."""
        self._check_open()
        if _origin(request.url) != self._origin:
            raise httpx.UnsupportedProtocol(f"this transport speaks to {self._host} alone")
        headers, length = request.headers.raw, b"0"
        for name, value in headers:
            folded = name.lower()
            if folded == b"transfer-encoding":
                raise httpx.LocalProtocolError("a request with a body needs a content-length")
            if folded == b"content-length":
                length = value
        if not length.isdigit():
            raise httpx.LocalProtocolError("content-length is no number")
        return head_of(request.method, request.url.raw_path, headers), int(length)

    async def _take_slot(self, seconds: float | None) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("") from None

    def _give_back(self, connection: HttpConnection | None, loop: asyncio.AbstractEventLoop, *, is_free: bool) -> None:
        if connection is not None:
            self._in_use.discard(connection)
            if is_free and not self._is_closed:
                self._idle.put(connection, loop)
            else:
                connection.close()
        self._slots.release()


class _AnswerStream(httpx.AsyncByteStream):
    """A body, whose end gives its connection back."""

    def __init__(
        self,
        connection: HttpConnection,
        read_seconds: float | None,
        give_back: Callable[..., None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._connection = connection
        self._read_seconds = read_seconds
        self._give_back: Callable[..., None] | None = give_back
        self._loop = loop

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.body(self._read_seconds)

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back(self._connection, self._loop, is_free=self._connection.is_free_again())


async def _send(
    connection: HttpConnection, request: httpx.Request, head: bytes, length: int, seconds: float | None
) -> None:
    trace: Trace | None = request.extensions.get("trace")
    if trace is not None:
        await trace("http11.send_request_headers.started", {})
    if not isinstance(request.stream, httpx.AsyncByteStream):
        raise TypeError("a body that cannot be awaited")
    body = b"".join([piece async for piece in request.stream])
    if len(body) != length:
        raise httpx.LocalProtocolError(f"the body has {len(body)} bytes, and content-length says {length}")
    has_left = await connection.send(head + body, seconds, is_asked_for_a_body=request.method != "HEAD")
    if trace is not None and has_left:
        await trace("http11.send_request_body.complete", {})


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int]:
    return url.raw_scheme, url.raw_host, url.port or PORTS.get(url.scheme, 0)
