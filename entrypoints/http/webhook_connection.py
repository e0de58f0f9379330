"""A connection that takes plain deliveries to the ledger by itself: without the task, the events and the scope of a request.

What is known by its head to be anything else goes uvicorn's way from there; what only its body shows, such as a
signature that does not hold, goes that way with the body, as if nothing had been tried.
"""

import asyncio
from collections.abc import Collection
from typing import Any, ClassVar, TypeVar

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from entrypoints.http.connection import BoundedConnection, written
from entrypoints.http.connections import Connections
from entrypoints.http.delivery import IncomingDelivery
from entrypoints.http.plain import LAST_NO_CONTENT, NO_CONTENT, plain_fields
from entrypoints.http.webhooks import WebhookReceiver

ConnectionT = TypeVar("ConnectionT", bound="WebhookConnection")


class _Nobody:
    """Where uvicorn wakes a request's task: a plain delivery has none."""

    def set(self) -> None:
        """Nothing waits."""


class PlainCycle:
    """Stands where uvicorn has the cycle of a request, with what uvicorn and we look at there.

    So a request behind it waits for its answer, a graceful stop awaits it, and a slow body ends it, as with any other.
    """

    __slots__ = (
        "body",
        "connection",
        "delivery",
        "disconnected",
        "fields",
        "keep_alive",
        "more_body",
        "response_complete",
    )
    response_started = False
    message_event = _Nobody()

    def __init__(
        self,
        connection: "WebhookConnection",
        fields: dict[bytes, bytes],
        delivery: IncomingDelivery,
        *,
        keep_alive: bool,
    ) -> None:
        self.connection = connection
        self.fields = fields
        self.delivery = delivery
        self.body = b""
        self.more_body = True
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False

    def answer(self, answer: Response | None) -> None:
        """Write it: 204 for None. Where the client is gone, nobody is told."""
        connection = self.connection
        if self.disconnected or connection.transport.is_closing():
            return
        if answer is not None:
            self.keep_alive = self.keep_alive and "connection" not in answer.headers
            connection.transport.write(written(answer, keep_alive=self.keep_alive))
        else:
            connection.transport.write(NO_CONTENT if self.keep_alive else LAST_NO_CONTENT)
        self.response_complete = True
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()


class WebhookConnection(BoundedConnection):
    """A bounded connection with a short way for plain deliveries."""

    receiver: ClassVar[WebhookReceiver]
    urls: ClassVar[Collection[bytes]]

    def _begin_answer(self) -> None:
        fields = plain_fields(self.headers) if self._may_be_plain() else None
        if fields is None:
            super()._begin_answer()
            return
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        cycle = PlainCycle(self, fields, self.receiver.begin(), keep_alive=keep_alive)
        cycle.delivery.answer = cycle.answer
        self.cycle = cycle  # type: ignore[assignment]

    def _may_be_plain(self) -> bool:
        """Whether it is a POST to the webhooks, with no answer owed before it, to one who takes answers."""
        before: RequestResponseCycle | None = self.cycle
        return (
            self.url in self.urls
            and self.parser.get_method() == b"POST"
            and (before is None or before.response_complete)
            and not self.flow.write_paused
        )

    def on_message_complete(self) -> None:
        """The whole request is here."""
        super().on_message_complete()
        cycle: Any = self.cycle
        if type(cycle) is PlainCycle and not self.receiver.take_plain(cycle.delivery, cycle.fields, cycle.body):
            cycle.response_complete = True
            HttpToolsProtocol.on_headers_complete(self)
            HttpToolsProtocol.on_body(self, cycle.body)
            HttpToolsProtocol.on_message_complete(self)


class HandedOnConnection(WebhookConnection):
    """A connection that another process began: what that has read and not sent is as if it had been here."""

    unsent = unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Go on where the other stopped."""
        if self.unsent:
            transport.write(self.unsent)  # type: ignore[attr-defined]
        super().connection_made(transport)
        self.loop.call_soon(self._read_on)

    def data_received(self, data: bytes) -> None:
        """What was read before comes first."""
        if self.unread:
            data, self.unread = self.unread + data, b""
        super().data_received(data)

    def _read_on(self) -> None:
        if self.unread:
            self.data_received(b"")


def connection_class(
    base: type[ConnectionT], connections: Connections, receiver: WebhookReceiver, urls: Collection[bytes]
) -> type[ConnectionT]:
    """The class of the connections of one server: those that come to it, or those that are handed on."""
    return type("Connection", (base,), {"keeper": connections, "receiver": receiver, "urls": urls})
