"""Lines between processes that a test can freeze, cut and mend: one before a database, one before several servers."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from threading import Thread
from typing import Self

from psycopg.conninfo import conninfo_to_dict

PIECE_BYTES = 65_536
CONNECT_SECONDS_MAX = 2.0
Address = tuple[str, int] | str
"""A host and a port, or the path of a socket."""


class Wire:
    """A port on this machine behind which connections go on to one of `targets`, by turns, past those that are not there.

    While it is `frozen`, nothing passes in either direction, and connections stay open: so looks a machine that is cut off.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, targets: Sequence[Address]) -> None:
        self.port = 0
        self._loop = loop
        self._targets = list(targets)
        self._turns = count()
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    def freeze(self) -> None:
        """Let nothing pass."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def mend(self) -> None:
        """Let everything pass, what came meanwhile first."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def cut(self) -> None:
        """Hang up on all who are through."""
        self._loop.call_soon_threadsafe(self._hang_up)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody came."""
        await self._flows.wait()
        far = await self._far()
        if far is None:
            writer.close()
            return
        far_reader, far_writer = far
        both = {writer, far_writer}
        self._open |= both
        try:
            await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
        finally:
            self._open -= both
            for one in both:
                one.transport.abort()

    async def _far(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._targets:
            target = self._targets[next(self._turns) % len(self._targets)]
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS_MAX):
                    if isinstance(target, str):
                        return await asyncio.open_unix_connection(target)
                    return await asyncio.open_connection(*target)
        return None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        await self._flows.wait()
        writer.close()

    def _hang_up(self) -> None:
        for writer in self._open:
            writer.transport.abort()


class Wires:
    """All lines of a test, in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = Thread(target=self._loop.run_forever, name="wires", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def to(self, *targets: Address) -> Wire:
        """A new line."""
        wire = self._run(lambda: Wire(self._loop, targets))

        async def listen() -> int:
            server = await asyncio.start_server(wire.connected, "127.0.0.1", 0)
            self._servers.append(server)
            return int(server.sockets[0].getsockname()[1])

        wire.port = asyncio.run_coroutine_threadsafe(listen(), self._loop).result()
        return wire

    def _run(self, make: Callable[[], Wire]) -> Wire:
        async def made() -> Wire:
            return make()

        return asyncio.run_coroutine_threadsafe(made(), self._loop).result()


def through(wire: Wire, url: str) -> str:
    """A database of PostgreSQL, behind that line."""
    known = conninfo_to_dict(url)
    user = f"{known['user']}@" if known.get("user") else ""
    return f"postgresql://{user}127.0.0.1:{wire.port}/{known['dbname']}"
