"""The server: uvicorn for our App, with acceptors beside it where there are any."""

import asyncio
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from entrypoints.acceptors.acceptors import Acceptors
from entrypoints.acceptors.messages import AcceptorOrders, HandedOn
from entrypoints.http.app import App
from entrypoints.http.connection import written
from entrypoints.http.connections import Connections
from entrypoints.http.delivery import not_stored
from entrypoints.http.webhook_connection import HandedOnConnection, WebhookConnection, connection_class
from entrypoints.http.webhooks import webhook_secrets
from entrypoints.settings import Settings
from entrypoints.wiring import System

BACKLOG = 2048
BACKLOG_MIN = 16
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS_MAX = 10
TICKS_A_SWEEP = 10
UNANSWERED = "the process that writes did not answer; it may or may not have stored this"
log = structlog.get_logger("dialtrail.http")


class Server(uvicorn.Server):
    """uvicorn for our App, with the signals left to us: the dialer has to stop before the server does.

    Where acceptors accept, it does not; it does while none of them is there.
    """

    keep_alive_seconds = float(KEEP_ALIVE_SECONDS)

    def __init__(
        self,
        config: uvicorn.Config,
        app: App,
        connections: Connections,
        handed_on: type[HandedOnConnection],
        acceptors: Acceptors | None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self.connections = connections
        self.store = app.receiver.store
        self._handed_on = handed_on
        self._acceptors = acceptors
        self._listening: socket.socket | None = None
        self._is_hindered = False
        self._taking_over: set[asyncio.Task[object]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin; acceptors accept instead of this process."""
        if self._acceptors is None or not sockets:
            await super().startup(sockets)
            return
        (self._listening,) = sockets
        await super().startup([])

    async def on_tick(self, counter: int) -> bool:
        """uvicorn calls it ten times a second; once a second nobody may have kept us waiting too long."""
        if counter % TICKS_A_SWEEP == 0:
            now = asyncio.get_running_loop().time()
            self.connections.sweep(now)
            await self._accept_in_need(now)
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was asked, and no more. Streams have no end of their own, so they are ended first."""
        self._app.streams.close()
        if self._acceptors is not None:
            self._acceptors.stop()
        await super().shutdown(sockets)
        if self._acceptors is not None:
            await self._acceptors.wait(SHUTDOWN_SECONDS_MAX)

    def take_over(self, sock: socket.socket, handed: HandedOn) -> None:
        """Go on with a connection of an acceptor."""
        loop = asyncio.get_running_loop()
        protocol = self._handed_on(self.config, self.server_state, self.lifespan.state)
        protocol.unsent, protocol.unread = handed.unsent, handed.unread
        task = loop.create_task(loop.connect_accepted_socket(lambda: protocol, sock))
        self._taking_over.add(task)
        task.add_done_callback(self._taken_over)

    def _taken_over(self, task: "asyncio.Task[object]") -> None:
        self._taking_over.discard(task)
        if not task.cancelled() and task.exception() is None and self.should_exit:
            _, protocol = task.result()  # type: ignore[misc]
            protocol.shutdown()  # type: ignore[has-type]

    async def _accept_in_need(self, now: float) -> None:
        """Accept while no acceptor does, and no longer."""
        if self._acceptors is None or self._listening is None:
            return
        if not self._acceptors.are_missed(now):
            for server in self.servers:
                server.close()
            self.servers.clear()
        elif not self.servers:
            try:
                self.servers.append(await self._accept(self._listening))
                self._is_hindered = False
            except OSError as error:  # such as too many open files
                if not self._is_hindered:
                    log.warning("no acceptor accepts, nor can this process; it tries again", error=str(error))
                self._is_hindered = True

    async def _accept(self, listening: socket.socket) -> asyncio.Server:
        own = listening.dup()
        try:
            loop = asyncio.get_running_loop()
            return await loop.create_server(self._protocol, sock=own, backlog=self.config.backlog)
        except OSError:
            own.close()
            raise

    def _protocol(self) -> asyncio.Protocol:
        kind: type[WebhookConnection] = self.config.http_protocol_class  # type: ignore[assignment]
        return kind(self.config, self.server_state, self.lifespan.state)


def server_of(settings: Settings, parts: System, connections_max: int, acceptors: Acceptors | None = None) -> Server:
    """The server of these parts; it has to be told which socket to serve."""
    connections = Connections(settings, connections_max, parts.metrics.bad_request)
    receiver, urls = parts.app.receiver, parts.app.webhook_urls
    config = uvicorn.Config(
        parts.app,
        http=connection_class(WebhookConnection, connections, receiver, urls),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        # What is accepted in one go has files before it is counted.
        backlog=min(BACKLOG, max(BACKLOG_MIN, connections_max // 2)),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
    )
    handed_on = connection_class(HandedOnConnection, connections, receiver, urls)
    server = Server(config, parts.app, connections, handed_on, acceptors)
    if acceptors is not None:
        acceptors.serve(server, _orders(settings, urls, connections_max))
    return server


def _orders(settings: Settings, urls: Collection[bytes], connections_max: int) -> AcceptorOrders:
    return AcceptorOrders(
        secrets=webhook_secrets(settings),
        tolerance_seconds=settings.webhook_tolerance_seconds,
        urls=list(urls),
        unanswered=written(not_stored(UNANSWERED), keep_alive=False),
        connections_max=connections_max,
    )
