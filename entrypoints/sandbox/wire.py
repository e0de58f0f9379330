"""httpx's transport for plain-HTTP webhooks: kept connections, answers parsed by httptools.

httpx's own transport takes a millisecond of processor time for each webhook, four times what this one takes, and then
the sandbox rather than the receiver is what a load test measures. Answers' bodies are read and thrown away.
"""

import asyncio
from collections import defaultdict
from typing import cast

import httptools
import httpx

ANSWER_BYTES_MAX = 65_536

Address = tuple[str, int]


class Wire(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self._idle: defaultdict[Address, list[_Connection]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = (request.url.host, request.url.port or 80)
        timeout_seconds = request.extensions["timeout"]["read"]
        body = await request.aread()
        connection = self._kept(address) or await self._connect(address, timeout_seconds, request)
        answer = connection.ask(_head(request) + body)
        try:
            # Not wait_for: before Python 3.12, who is cancelled just as the answer comes goes on as if nothing had been said.
            async with asyncio.timeout(timeout_seconds):
                status = await answer
        except TimeoutError:
            connection.close()
            raise httpx.ReadTimeout(f"no answer in {timeout_seconds:g} s", request=request) from None
        except ConnectionError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from None
        except asyncio.CancelledError:
            connection.close()
            raise
        if connection.reusable:
            self._idle[address].append(connection)
        else:
            connection.close()
        return httpx.Response(status, request=request)

    async def aclose(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _kept(self, address: Address) -> "_Connection | None":
        idle = self._idle[address]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connect(self, address: Address, timeout_seconds: float, request: httpx.Request) -> "_Connection":
        try:
            async with asyncio.timeout(timeout_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(_Connection, *address)
        except TimeoutError:
            raise httpx.ConnectTimeout(f"no connection in {timeout_seconds:g} s", request=request) from None
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from None
        return connection


class _Connection(asyncio.Protocol):
    """One request at a time; its answer is a status, or a ConnectionError."""

    _transport: asyncio.Transport
    _answer: asyncio.Future[int] | None = None

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._size = 0
        self._status: int | None = None
        self.reusable = False

    def ask(self, message: bytes) -> asyncio.Future[int]:
        self.reusable = False
        self._size = 0
        self._status = None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        return self._answer

    def close(self) -> None:
        self.reusable = False
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._finish(f"not an HTTP answer: {error}")
        if self._size > ANSWER_BYTES_MAX and not self.reusable:
            self._finish(f"answer is longer than {ANSWER_BYTES_MAX} bytes")

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_message_complete(self) -> None:
        if self._status is None or self._status < 200:
            return
        self.reusable = self._parser.should_keep_alive()
        if self._answer and not self._answer.done():
            self._answer.set_result(self._status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(str(exc) if exc else "connection closed without an answer")

    def _finish(self, reason: str) -> None:
        """The end of the connection: a status that came before it still counts, as the body does not matter."""
        self.close()
        if self._answer is None or self._answer.done():
            return
        if self._status is None or self._status < 200:
            self._answer.set_exception(ConnectionError(reason))
        else:
            self._answer.set_result(self._status)


def _head(request: httpx.Request) -> bytes:
    lines = [request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"
