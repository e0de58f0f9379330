"""One connection, which carries one exchange at a time. Whatever comes unasked makes it useless."""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from typing import cast

import httpx

from adapters.transport.wire_answer import WireAnswer

WAITING_BYTES_MAX = 256 * 1024  # of a body that nobody takes; then the server has to wait
# A transport with TLS does not say when the last byte left, only whether it did.
LOOK_SECONDS = 0.02
_NOTHING_CAME = "Server disconnected without sending a response."


class HttpConnection(asyncio.Protocol):
    """asyncio's protocol of it. `on_useless` is told once, when no request may use it any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.on_useless: Callable[[HttpConnection], None] | None = None
        self._loop = loop
        self._socket: asyncio.Transport | None = None
        self._transport: asyncio.Transport | None = None
        self._readable = select.poll()
        self._answer: WireAnswer | None = None
        self._failure: httpx.TransportError | None = None
        self._waiter: asyncio.Future[bool] | None = None
        self._is_paused = False
        self._is_written = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = self._transport = cast("asyncio.Transport", transport)
        self._socket.set_write_buffer_limits(0)  # so that a request leaves at once, and we know that it has
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        if self._failure is not None:  # given up before it was made
            self._socket.abort()

    def use_tls(self, transport: asyncio.Transport) -> None:
        """From now on through this one, which wraps the one that was made."""
        self._transport = transport
        transport.set_write_buffer_limits(0)

    @property
    def socket(self) -> asyncio.Transport:
        """What lies below TLS, where there is TLS. Raises `httpx.ConnectError` before it is made."""
        if self._socket is None:
            raise httpx.ConnectError("the connection is not made")
        return self._socket

    @property
    def is_useless(self) -> bool:
        """Whether it has ended, or what comes on it cannot be believed."""
        return self._failure is not None

    def is_silent(self) -> bool:
        """Whether nothing came, not even what asyncio has not read yet."""
        return self._failure is None and not self._readable.poll(0)

    def is_free_again(self) -> bool:
        """Whether the exchange ended so that another may follow."""
        answer = self._answer
        return (
            answer is not None
            and answer.is_kept_alive
            and not answer.has_surplus
            and self._failure is None
            and self._is_over(answer)
        )

    async def send(self, request: bytes, seconds: float | None, *, is_asked_for_a_body: bool) -> bool:
        """Write all of it; whether it has left. False where the answer, or the end, came before that.

        Raises the failure of a connection that is none any more, and then nothing was written.
        """
        if self._failure is not None:
            raise self._failure
        self._answer = WireAnswer(is_asked_for_a_body=is_asked_for_a_body)
        self._is_written = False
        self._open().write(request)
        until = None if seconds is None else self._loop.time() + seconds
        while not self._has_left():
            if self.is_useless or self._answer.has_head:
                return False
            if until is not None and self._loop.time() >= until:
                raise httpx.WriteTimeout("the request could not be written in time")
            await self._wait(LOOK_SECONDS)
        self._is_written = True
        return True

    async def head(self, seconds: float | None) -> WireAnswer:
        """The answer, once its head is there. `seconds` bound the wait for each next piece."""
        answer = self._answered()
        while not answer.has_head:
            await self._next_piece(seconds)
        return answer

    async def body(self, seconds: float | None) -> AsyncIterator[bytes]:
        """The answer's body as it comes."""
        answer = self._answered()
        while True:
            if answer.waiting_bytes:
                piece = answer.take()
                self._go_on_reading()
                yield piece
            elif answer.is_complete:
                return
            else:
                await self._next_piece(seconds)

    def rest(self) -> None:
        """Between two exchanges."""
        self._answer = None

    def close(self) -> None:
        """Close it, without waiting for the other side: where an exchange is not over, so that not one byte more leaves."""
        is_in_order = self._failure is None and (self._answer is None or self._is_over(self._answer))
        self._fail(httpx.ReadError("the connection was closed"))
        if is_in_order:
            self._open().close()
            self.socket.close()
        elif self._socket is not None:
            self._socket.abort()

    def give_up(self) -> None:
        """Close it before it was used, also where the loop makes it only later."""
        self._fail(httpx.ConnectError("nobody waits for this connection any more"))
        if self._socket is not None:
            self._socket.abort()

    def data_received(self, data: bytes) -> None:
        if self._failure is not None:
            return
        try:
            answer = self._answered()
            answer.feed(data)
        except httpx.RemoteProtocolError as error:
            self._fail(error)
            self.socket.abort()
            return
        if answer.waiting_bytes > WAITING_BYTES_MAX and not self._is_paused:
            self._is_paused = True
            self._open().pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended(exc)

    def resume_writing(self) -> None:
        self._wake()

    def _ended(self, exc: Exception | None) -> None:
        if self._failure is not None:
            return
        if exc is not None:
            self._fail(httpx.ReadError(str(exc)))
            return
        failure = httpx.RemoteProtocolError(_NOTHING_CAME)
        try:
            if self._answer is not None:
                self._answer.end()
        except httpx.RemoteProtocolError as error:
            failure = error
        self._fail(failure)

    def _fail(self, failure: httpx.TransportError) -> None:
        if self._failure is None:
            self._failure = failure
            tell, self.on_useless = self.on_useless, None
            if tell is not None:
                tell(self)
        self._wake()

    def _open(self) -> asyncio.Transport:
        return self.socket if self._transport is None else self._transport

    def _answered(self) -> WireAnswer:
        if self._answer is None:
            raise httpx.RemoteProtocolError("the server sent what nobody had asked for")
        return self._answer

    def _is_over(self, answer: WireAnswer) -> bool:
        return answer.is_complete and self._is_written and not self._is_paused

    def _has_left(self) -> bool:
        return not self._open().get_write_buffer_size() and not self.socket.get_write_buffer_size()

    def _go_on_reading(self) -> None:
        if self._is_paused and self._failure is None:
            self._is_paused = False
            self._open().resume_reading()

    async def _next_piece(self, seconds: float | None) -> None:
        if self._failure is not None:
            raise self._failure
        if not await self._wait(seconds):
            raise httpx.ReadTimeout("no answer in time")

    async def _wait(self, seconds: float | None) -> bool:
        """Until something happens; False where nothing has in time."""
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._waiter = waiter
        timer = None if seconds is None else self._loop.call_later(seconds, _give_up, waiter)
        try:
            return await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(True)


def _give_up(waiter: asyncio.Future[bool]) -> None:
    if not waiter.done():
        waiter.set_result(False)
