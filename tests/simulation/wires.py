"""Wires between the parts of a world: bytes that one side writes come to the other in order, a seeded moment later.

Model: the network and the kernel's sockets. A side that is cut off, as by a kill, hears nothing more; what it had written
before still arrives, as it would from a kernel's buffer.
"""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from random import Random
from typing import Any

from tests.simulation.loop import PROCESS, VirtualLoop

WIRE_SECONDS_MIN, WIRE_SECONDS_MAX = 0.0005, 0.01
CLIENT_PORT = 40_000
CONNECT_SECONDS = 0.001


class NoSocket:
    """Stands where code looks for a socket: its file is one in which nothing ever comes."""

    family = socket.AF_INET

    def __init__(self, file: int, here: tuple[str, int], there: tuple[str, int]) -> None:
        self._file, self._here, self._there = file, here, there

    def fileno(self) -> int:
        """A file that is never readable."""
        return self._file

    def getsockname(self) -> tuple[str, int]:
        """This side's address."""
        return self._here

    def getpeername(self) -> tuple[str, int]:
        """The other side's."""
        return self._there

    def setsockopt(self, *_: Any) -> None:
        """It has no options."""


class WireEnd(asyncio.Transport):
    """One end of a wire."""

    def __init__(self, loop: VirtualLoop, chance: Random, no_socket: NoSocket, owner: str, context: Context) -> None:
        super().__init__(
            {"socket": no_socket, "peername": no_socket.getpeername(), "sockname": no_socket.getsockname()}
        )
        self.owner = owner
        self._loop, self._chance, self._context = loop, chance, context
        self.protocol: asyncio.Protocol | None = None
        self.other: WireEnd | None = None
        self._coming: deque[bytes | None] = deque()
        self._arrives_at = 0.0
        self._is_closing = self._is_lost = self._is_paused = self._has_ended = False
        self._kept: deque[bytes | None] = deque()

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Let the protocol know."""
        self.protocol = protocol
        self._context.run(protocol.connection_made, self)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol  # type: ignore[assignment]

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self.protocol is not None
        return self.protocol

    def is_closing(self) -> bool:
        return self._is_closing

    def is_reading(self) -> bool:
        return not self._is_paused

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        while self._kept and not self._is_paused:
            self._take(self._kept.popleft())

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._is_closing and not self._has_ended:
            self._send(bytes(data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._is_closing and not self._has_ended:
            self._has_ended = True
            self._send(None)

    def close(self) -> None:
        if self._is_closing:
            return
        self.write_eof()
        self._is_closing = True
        self._loop.call_soon(self.lose, None)

    def abort(self) -> None:
        self.close()

    def lose(self, error: Exception | None) -> None:
        """This side has no connection any more, and hears so."""
        self._is_closing = True
        if not self._is_lost:
            self._is_lost = True
            if self.protocol is not None:
                self._context.run(self.protocol.connection_lost, error)

    def cut(self) -> None:
        """Whoever had this side is no more: nobody hears of anything here, and the other side that it ended."""
        self.protocol = None
        self.close()

    def _send(self, data: bytes | None) -> None:
        if self.other is not None:
            self.other.coming(data)

    def coming(self, data: bytes | None) -> None:
        """Bytes, or the end of them, are on their way here."""
        self._coming.append(data)
        wait = self._chance.uniform(WIRE_SECONDS_MIN, WIRE_SECONDS_MAX)
        self._arrives_at = max(self._arrives_at, self._loop.time() + wait)
        self._loop.exactly_at(self._arrives_at, self._arrive)

    def _arrive(self) -> None:
        data = self._coming.popleft()
        if self._is_paused:
            self._kept.append(data)
        else:
            self._take(data)

    def _take(self, data: bytes | None) -> None:
        if self._is_lost or self.protocol is None:
            return
        if data is not None:
            self._context.run(self.protocol.data_received, data)
        elif not self._context.run(self.protocol.eof_received):
            self.close()


class Network:
    """Who listens where, and all wires. `owner` of an end is the part of the world that has it."""

    def __init__(self, loop: VirtualLoop, chance: Random) -> None:
        self._loop, self._chance = loop, chance
        self._listening: dict[tuple[str, int], tuple[str, Callable[[], asyncio.Protocol], Context]] = {}
        self._ends: list[WireEnd] = []
        self._file = os.eventfd(0, os.EFD_CLOEXEC)
        self._ports = CLIENT_PORT
        loop.wires = self

    def listen(self, host: str, port: int, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Take connections there, for the process that asks."""
        self._listening[host, port] = PROCESS.get(), protocol, copy_context()

    def close(self) -> None:
        """No more wires."""
        os.close(self._file)

    def cut_listening(self, owner: str) -> None:
        """Nobody new may come to it."""
        self._listening = {place: one for place, one in self._listening.items() if one[0] != owner}

    def cut(self, owner: str) -> None:
        """End all that belongs to one part of the world, as a kill does."""
        self.cut_listening(owner)
        for end in self._ends:
            if end.owner == owner:
                end.cut()
        self._ends = [end for end in self._ends if not end.is_closing()]

    async def connect(self, protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
        """A connection, which belongs to the process that asks. Raises `ConnectionRefusedError` where nobody listens."""
        made: asyncio.Future[None] = self._loop.create_future()
        self._loop.exactly_in(CONNECT_SECONDS, lambda: None if made.done() else made.set_result(None))
        await made
        found = self._listening.get((host, port))
        if found is None:
            raise ConnectionRefusedError(f"nobody listens at {host}:{port}")
        self._ports += 1
        owner = PROCESS.get()
        here, there = (host, self._ports), (host, port)
        chance = Random(f"{self._chance.random()}")  # of its own: what others say changes nothing of when it arrives
        near = WireEnd(self._loop, chance, NoSocket(self._file, here, there), owner, copy_context())
        far = WireEnd(self._loop, chance, NoSocket(self._file, there, here), found[0], found[2].copy())
        near.other, far.other = far, near
        self._ends = [end for end in self._ends if not end.is_closing()]
        self._ends += [near, far]
        far.begin(found[2].run(found[1]))
        near.begin(protocol)
        return near
