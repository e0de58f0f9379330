"""HTTP/1.1 as far as the world's own people and its provider speak it. Model: shares no code with Dialtrail's client or server."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.simulation.wires import Network

HEAD_END = b"\r\n\r\n"


class Asked(NamedTuple):
    """A request that came whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answered(NamedTuple):
    """An answer that came whole."""

    status: int
    body: bytes


class Message:
    """What has come of one request or answer."""

    def __init__(self) -> None:
        self.data = b""

    def taken(self) -> tuple[str, dict[str, str], bytes] | None:
        """The first line, the headers and the body of a whole one, which is taken out; None where there is none yet."""
        head, found, rest = self.data.partition(HEAD_END)
        if not found:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self.data = rest[length:]
        return first, headers, rest[:length]


class Reply:
    """The way back to whoever asked."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def answer(self, status: int, body: bytes) -> None:
        """Answer; the connection stays."""
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)

    def hang_up(self) -> None:
        """No answer, and no connection any more."""
        self._transport.abort()


class Serves(asyncio.Protocol):
    """One connection to a server of the world."""

    def __init__(self, take: Callable[[Asked, Reply], None]) -> None:
        self._take = take
        self._message = Message()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._message.data += data
        while (found := self._message.taken()) is not None and self._transport is not None:
            first, headers, body = found
            method, path, _ = first.split(" ", 2)
            self._take(Asked(method, path, headers, body), Reply(self._transport))


class _Asks(asyncio.Protocol):
    def __init__(self, done: "asyncio.Future[Answered | None]") -> None:
        self._done = done
        self._message = Message()

    def data_received(self, data: bytes) -> None:
        self._message.data += data
        found = self._message.taken()
        if found is not None:
            self._end(Answered(int(found[0].split(" ")[1]), found[2]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(None)

    def _end(self, answered: Answered | None) -> None:
        if not self._done.done():
            self._done.set_result(answered)


async def ask(network: Network, place: tuple[str, int], asked: Asked, seconds: float) -> Answered | None:
    """One request on a connection of its own; None where no whole answer came within so many seconds."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answered | None] = loop.create_future()
    host, port = place
    try:
        wire = await network.connect(_Asks(done), host, port)
    except ConnectionRefusedError:
        return None
    own = {"host": f"{host}:{port}", "content-length": str(len(asked.body))}
    lines = [f"{asked.method} {asked.path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**asked.headers, **own}.items())]
    wire.write("\r\n".join(lines).encode("latin-1") + HEAD_END + asked.body)
    try:
        async with asyncio.timeout(seconds):
            return await done
    except TimeoutError:
        return None
    finally:
        wire.close()
