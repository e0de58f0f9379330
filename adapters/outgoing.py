"""Requests of ours to a user's own systems: to checked addresses only, bounded in time and size, and signed.

The name is resolved for every request, every answer is checked, and the connection goes to a checked address and no
other. Nothing follows a redirect, and nothing of the environment (proxies) has a say.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import certifi
import httpcore
from msgspec import Struct

from adapters.targets import Network, Target, check_target, check_written, is_address, read_target

CONNECTIONS_MAX = 100
IDLE_CONNECTIONS_MAX = 20
KEEPALIVE_SECONDS = 5.0
RESOLVING_THREADS_MAX = 16  # a name server that hangs holds up one of them for each name
CHECK_SECONDS_MAX = 5.0
USER_AGENT = "dialtrail"
SENDING_BEGINS = "http11.send_request_headers.started"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_may_dial: ContextVar[tuple[str, ...]] = ContextVar("_may_dial", default=())


class Bounds(Struct, frozen=True, kw_only=True):
    """What one request may cost. An answer's head is bounded by the transport (100 KiB)."""

    connect_seconds: float = 5.0
    total_seconds: float = 10.0
    answer_bytes_max: int = 64 * 1024


BOUNDS = Bounds()


class Answered(Struct, frozen=True, kw_only=True):
    """What came: the status, headers in lower case (of one name the last), the body as far as `answer_bytes_max`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool


class NotAnswered(Exception):
    """No whole answer came; the text says why, without anything of the request. `sent`: the request may have arrived."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


class OutgoingClient:
    """The one client for targets that users name. `allowed` are networks that may be reached although not public."""

    def __init__(
        self, allowed: Sequence[Network], *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = tuple(allowed)
        self._threads = ThreadPoolExecutor(RESOLVING_THREADS_MAX, thread_name_prefix="dialtrail-names")
        self._resolve = resolve or self._ask_for_name
        self._tls = tls
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the client cannot be used after."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            await self._pool.aclose()

    async def check(self, url: str, *, seconds: float = CHECK_SECONDS_MAX) -> None:
        """Raises `TargetRefused` where a request to it would be refused now. A name without an answer is not refused."""
        target = read_target(url)
        check_written(target, self._allowed)
        try:
            answers = await self._answers(target, seconds)
        except (OSError, TimeoutError):
            return
        check_target(target, answers, self._allowed)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", bounds: Bounds = BOUNDS
    ) -> Answered:
        """One request and its answer, whatever its status. Raises `TargetRefused` (nothing left) and `NotAnswered`."""
        target = read_target(url)
        sending = False

        async def trace(moment: str, _: Mapping[str, Any]) -> None:
            nonlocal sending
            sending = sending or moment == SENDING_BEGINS

        try:
            async with asyncio.timeout(bounds.total_seconds):
                pool = await self._opened()
                _may_dial.set(await self._addresses(target, bounds.connect_seconds))
                request = httpcore.Request(
                    method,
                    _url(target),
                    headers=_head(target, headers, body),
                    content=body,
                    extensions={"timeout": _timeouts(bounds), "trace": trace},
                )
                return await _exchange(pool, request, bounds.answer_bytes_max)
        except (TimeoutError, httpcore.TimeoutException):
            why = f"no whole answer within {bounds.total_seconds:g} s" if sending else "no connection in time"
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            why = _why(error, target, sending)
        raise NotAnswered(why, sent=sending)

    async def _addresses(self, target: Target, seconds: float) -> tuple[str, ...]:
        return check_target(target, await self._answers(target, seconds), self._allowed)

    async def _answers(self, target: Target, seconds: float) -> Sequence[str]:
        """What the host's name stands for now; an address stands for itself, and needs no thread."""
        if is_address(target.host):
            return [target.host]
        async with asyncio.timeout(seconds):
            return await self._resolve(target.host, target.port)

    async def _opened(self) -> httpcore.AsyncConnectionPool:
        async with self._opening:
            if self._pool is None:
                self._pool = httpcore.AsyncConnectionPool(
                    ssl_context=self._tls or await asyncio.to_thread(_trusting),
                    max_connections=CONNECTIONS_MAX,
                    max_keepalive_connections=IDLE_CONNECTIONS_MAX,
                    keepalive_expiry=KEEPALIVE_SECONDS,
                    network_backend=_ToCheckedAddresses(),
                )
            return self._pool

    async def _ask_for_name(self, host: str, port: int) -> Sequence[str]:
        def ask() -> Sequence[str]:
            return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


class _ToCheckedAddresses(httpcore.AnyIOBackend):
    """Dials the addresses that were checked for the request at hand, whatever its host is; without any, nothing."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's face
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of them that takes it."""
        failed: Exception = httpcore.ConnectError(f"no address of {host} was checked")
        for address in _may_dial.get():
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


async def _exchange(pool: httpcore.AsyncConnectionPool, request: httpcore.Request, bytes_max: int) -> Answered:
    response = await pool.handle_async_request(request)
    body = bytearray()
    try:
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > bytes_max:
                break
    finally:
        await response.aclose()  # what has not been read closes the connection
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Answered(status=response.status, headers=headers, body=bytes(body[:bytes_max]), is_cut=len(body) > bytes_max)


def _url(target: Target) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )


def _head(target: Target, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    own = {"host": target.authority, "user-agent": USER_AGENT, "accept-encoding": "identity"}
    if body:
        own["content-length"] = str(len(body))
    return list({**{name.lower(): value for name, value in headers.items()}, **own}.items())


def _timeouts(bounds: Bounds) -> Mapping[str, float]:
    connecting = dict.fromkeys(("connect", "pool"), bounds.connect_seconds)
    return connecting | dict.fromkeys(("read", "write"), bounds.total_seconds)


def _trusting() -> ssl.SSLContext:
    """Whom to believe: the system's authorities, so that a company's own count, and those that come with Python's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _why(error: Exception, target: Target, sending: bool) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name {target.host} has no address"
    if sending:
        return f"the connection broke, or the answer was not HTTP ({type(error).__name__})"
    return f"connection never made ({type(error).__name__}: {error})".replace(": )", ")")
