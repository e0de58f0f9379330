"""uvicorn's connection, with a way to close it without an answer, as a provider does that dies while answering."""

import asyncio
import socket
import struct

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "entrypoints.sandbox.transport"
# `tcpi_last_data_recv` in Linux's `struct tcp_info`: ms since the last bytes came, which the kernel counts by itself.
_LAST_DATA_RECEIVED = struct.Struct("52xI")


class ClosableConnection(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


def _transport(request: Request) -> asyncio.Transport:
    transport: asyncio.Transport = request.scope["extensions"][EXTENSION]["transport"]
    return transport


def client_left(request: Request) -> bool:
    return _transport(request).is_closing()


def waited_ms(request: Request) -> int | None:
    """How long the last bytes of a request had lain here before somebody looked, in ms; None where the system does not say.

    A sandbox that stands still for a while reads at once what came one after the other.
    """
    own: socket.socket | None = _transport(request).get_extra_info("socket")
    try:
        if own is None:
            return None
        told = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED.size)
    except (AttributeError, OSError):  # another system, or the connection is closed
        return None
    return None if len(told) < _LAST_DATA_RECEIVED.size else int(_LAST_DATA_RECEIVED.unpack(told)[0])


async def close_without_answer(request: Request) -> None:
    """Close the connection and wait until uvicorn knows, so that it sends no answer of its own."""
    _transport(request).close()
    while (await request.receive())["type"] != "http.disconnect":
        continue
