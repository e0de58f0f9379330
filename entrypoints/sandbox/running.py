"""A running sandbox: a real HTTP server on a loopback port, inside the event loop of whoever asks."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from entrypoints.sandbox import control_routes
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.clock import Clock, SystemClock
from entrypoints.sandbox.connection import ClosableConnection
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.problems import checked_update
from entrypoints.sandbox.provider_routes import ProviderRoutes
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.settings import SandboxSettings
from entrypoints.sandbox.world import World

HOST = "127.0.0.1"
BACKLOG_CONNECTIONS = 2_048
SHUTDOWN_SECONDS = 3
DATE_HEADER_SECONDS = 1.0


class Sandbox:
    """The handle of a running sandbox."""

    def __init__(self, url: str, world: World) -> None:
        self.url = url
        self._world = world

    @property
    def log(self) -> Journal:
        """`.lines(kind)` gives the log's lines as dicts."""
        return self._world.journal

    @property
    def calls(self) -> list[Call]:
        return list(self._world.exchange.calls.values())

    @property
    def settings(self) -> SandboxSettings:
        return self._world.live.settings

    def summary(self) -> dict[str, object]:
        return control_routes.summary(self._world)

    def update(self, **changes: object) -> None:
        """Change settings while it runs, as PATCH /_sandbox/settings does. Raises SandboxSettingsError."""
        checked_update(self._world, changes)

    def add_balance(self, amount: Decimal, application_id: str | None = None) -> None:
        """Raises ValueError while the balance is unlimited."""
        self._world.add_balance(amount, application_id)

    def ring(self, from_number: str, to_number: str) -> Call:
        """A call that comes in to the first key's application, now."""
        application = next(iter(self._world.applications.values()))
        return self._world.ring_backs.ring(application, Order(from_number, to_number, {}, record=False))

    def hang_up(self, call_id: str) -> bool:
        """End a call now; False when it had ended before. Raises RefusalError for an unknown one."""
        return self._world.exchange.hang_up(self._world.exchange.find(call_id))


@contextlib.asynccontextmanager
async def running_sandbox(settings: SandboxSettings, clock: Clock | None = None) -> AsyncIterator[Sandbox]:
    """Serve until the block ends. Raises OSError when the port is taken."""
    with _listening(settings.port) as listener:
        world = World(settings, clock or SystemClock())
        server = _Server(_config(world))
        world.start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.ready.wait()
            yield Sandbox(f"http://{HOST}:{listener.getsockname()[1]}", world)
        finally:
            world.release()
            server.end()
            await serving
            await world.stop()


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to its host and says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._ending = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """uvicorn's own looks ten times a second whether to end; this one is told."""
        while not await self.on_tick(0):
            ending = asyncio.wait_for(self._ending.wait(), DATE_HEADER_SECONDS)
            await asyncio.gather(ending, return_exceptions=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """uvicorn's own sleeps in tenths of a second; this one goes as soon as the last answer is out."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if answering := set(self.server_state.tasks):
            _, late = await asyncio.wait(answering, timeout=SHUTDOWN_SECONDS)
            for task in late:
                task.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(world: World) -> uvicorn.Config:
    return uvicorn.Config(
        _app(world),
        http=ClosableConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG_CONNECTIONS,
    )


def _app(world: World) -> Starlette:
    provider = ProviderRoutes(world)

    async def no_such_route(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        code = "method_not_allowed" if status == 405 else "not_found"

        async def refuse(*_: object) -> Answer:
            raise RefusalError(status, code, f"no such route: {request.method} {request.url.path}")

        return await provider.answer(request, refuse)

    return Starlette(
        routes=[*provider.routes(), *control_routes.routes(world)],
        exception_handlers={404: no_such_route, 405: no_such_route},
    )


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """With the protocol named: asyncio sends small answers at once (TCP_NODELAY) only on a socket that says TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        yield listener
