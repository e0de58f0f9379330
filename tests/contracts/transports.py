"""Three transports for one suite: ours on asyncio's loop and on uvloop's, and the one that httpx has by itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx
import uvloop

from adapters.transport import OneAddressTransport

LOCALHOST = Path(__file__).parents[1] / "adapters" / "localhost.pem"  # for localhost and 127.0.0.1, signed by itself
TIMES: Mapping[str, float] = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
T = TypeVar("T")
Make = Callable[[str, int, ssl.SSLContext | None], httpx.AsyncBaseTransport]
Serve = Callable[["Peer"], Awaitable[None]]


class Implementation(NamedTuple):
    """A transport to a URL, for so many connections, trusting whom the context trusts; and the loop to try it on."""

    name: str
    make: Make
    loop: Callable[[], asyncio.AbstractEventLoop]

    def run(self, scenario: Coroutine[Any, Any, T]) -> T:
        """What the scenario gives."""
        with asyncio.Runner(loop_factory=self.loop) as runner:
            return runner.run(scenario)


def _ours(url: str, connections: int, tls: ssl.SSLContext | None) -> httpx.AsyncBaseTransport:
    return OneAddressTransport(httpx.URL(url), connections_max=connections, idle_seconds=5, tls=tls)


def _of_httpx(url: str, connections: int, tls: ssl.SSLContext | None) -> httpx.AsyncBaseTransport:
    del url
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=5)
    return httpx.AsyncHTTPTransport(limits=limits, trust_env=False, verify=tls or True)


OURS = (
    Implementation("ours", _ours, asyncio.new_event_loop),
    Implementation("ours on uvloop", _ours, uvloop.new_event_loop),
)
ALL = (*OURS, Implementation("httpx", _of_httpx, asyncio.new_event_loop))


class Peer:
    """One connection from the server's side. `requests` are those of all of them, `number` counts them from 0."""

    def __init__(
        self, number: int, requests: list[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = number
        self.requests = requests
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The next request, as a whole."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        self.requests.append(head + await self.reader.readexactly(length))
        return self.requests[-1]

    async def say(self, *pieces: bytes) -> None:
        """Write these, each by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)


class Listening:
    """A server on loopback."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.port = 0
        self.requests: list[bytes] = []
        self.peers: list[Peer] = []
        self.ended: list[asyncio.Event] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listening]:
    """`serve` is called with each connection, which is closed once it is back; `ended` is set once the client has closed."""
    told = Listening("http" if tls is None else "https")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(len(told.peers), told.requests, reader, writer)
        ended = asyncio.Event()
        told.peers.append(peer)
        told.ended.append(ended)
        try:
            await serve(peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            ended.set()
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()


def always(*pieces: bytes) -> Serve:
    """Says the same after each request."""

    async def serve(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(*pieces)

    return serve


def once(*pieces: bytes) -> Serve:
    """Says this after the first request, and closes."""

    async def serve(peer: Peer) -> None:
        await peer.request()
        await peer.say(*pieces)

    return serve


class Moments:
    """What a transport announces of a request."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, moment: str, _: object) -> None:
        if moment.startswith("http11.send_request"):
            self.seen.append(moment.removeprefix("http11."))


async def ask(
    transport: httpx.AsyncBaseTransport,
    url: str,
    method: str = "POST",
    content: bytes = b"{}",
    trace: object = None,
    times: Mapping[str, float] = TIMES,
) -> httpx.Response:
    """One request and its whole answer."""
    extensions: dict[str, Any] = {"timeout": {**TIMES, **times}}
    if trace is not None:
        extensions["trace"] = trace
    request = httpx.Request(method, url, content=content, extensions=extensions)
    response = await transport.handle_async_request(request)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response


def server_tls() -> ssl.SSLContext:
    """With the certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)
    return context


def trusting_it() -> ssl.SSLContext:
    """Trusts that certificate, and no other."""
    return ssl.create_default_context(cafile=str(LOCALHOST))
