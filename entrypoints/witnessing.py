"""A witness as a server: two routes, on connections with the same bounds as those of Dialtrail itself."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.verifiable_log.add_checkpoint import PATH, REQUEST_BYTES_MAX
from adapters.verifiable_log.witness import LogWitness, WitnessReply
from entrypoints.http.connection import BoundedConnection
from entrypoints.http.connections import Connections
from entrypoints.settings.wire import WireSettings

CONNECTIONS_MAX = 100
AT_ONCE_MAX = 8  # each holds a thread while the disk is waited for
TICKS_A_SWEEP = 10
SHUTDOWN_SECONDS_MAX = 5


def witness_app(witness: LogWitness) -> Starlette:
    """What it answers."""
    places = asyncio.Semaphore(AT_ONCE_MAX)

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _response(WitnessReply(413, f"at most {REQUEST_BYTES_MAX} bytes are read\n".encode()))
        async with places:
            return _response(await asyncio.to_thread(witness.add_checkpoint, body))

    async def checkpoint(request: Request) -> Response:
        return _response(witness.checkpoint(request.path_params["hashed_origin"]))

    return Starlette(
        routes=[
            Route(PATH, add_checkpoint, methods=["POST"]),
            Route("/{hashed_origin}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


@contextlib.asynccontextmanager
async def running_witness(witness: LogWitness, host: str, port: int) -> AsyncIterator[str]:
    """Serve until the block ends; gives its address. Raises `OSError` where it cannot listen there."""
    listener = _listening(host, port)
    connections = Connections(WireSettings(), CONNECTIONS_MAX, lambda _: None)
    server = _WitnessServer(
        uvicorn.Config(
            witness_app(witness),
            http=type("WitnessConnection", (BoundedConnection,), {"keeper": connections}),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
        ),
        connections,
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.ready.wait()
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


class _WitnessServer(uvicorn.Server):
    """uvicorn's server, with the signals left to whoever runs it; once a second it looks who keeps it waiting."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._connections = connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def on_tick(self, counter: int) -> bool:
        """uvicorn calls it ten times a second."""
        if counter % TICKS_A_SWEEP == 0:
            self._connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _body(request: Request) -> bytes | None:
    """All of it; None where it is too long, or its sender has gone."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > REQUEST_BYTES_MAX:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def _response(reply: WitnessReply) -> Response:
    return Response(reply.body, reply.status, headers={"content-type": reply.content_type})


def _listening(host: str, port: int) -> socket.socket:
    """With the protocol named: asyncio sends small answers at once (TCP_NODELAY) only on a socket that says TCP."""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, proto or socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
