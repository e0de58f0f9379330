"""uvicorn's connection, with a way to close it without an answer, as a provider does that dies while answering."""

import asyncio

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "entrypoints.sandbox.transport"


class ClosableConnection(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


def _transport(request: Request) -> asyncio.Transport:
    transport: asyncio.Transport = request.scope["extensions"][EXTENSION]["transport"]
    return transport


def client_left(request: Request) -> bool:
    return _transport(request).is_closing()


async def close_without_answer(request: Request) -> None:
    """Close the connection and wait until uvicorn knows, so that it sends no answer of its own."""
    _transport(request).close()
    while (await request.receive())["type"] != "http.disconnect":
        continue
