"""The acceptors of this process: started with it, watched, started again where one ends, and ended with it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import structlog

from entrypoints.acceptors.channel import pair
from entrypoints.acceptors.link import AcceptorLink, Takes
from entrypoints.acceptors.messages import AcceptorOrders

ROOT = Path(__file__).parents[2]
RESTART_SECONDS = 0.5
RESTART_SECONDS_MAX = 30.0
ALONE_SECONDS_MAX = 1.5
END_SECONDS_MAX = 5.0
CORES_FOR_ONE, CORES_FOR_TWO = 2, 4
log = structlog.get_logger("dialtrail.http")


class AcceptorProcess(Protocol):
    """A process that was started."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises `subprocess.TimeoutExpired`."""


Start = Callable[[socket.socket], AcceptorProcess]


def start_process(end: socket.socket) -> AcceptorProcess:
    """Start an acceptor with its end of a channel. It has the listening socket from its orders on: it then hears of our end."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "entrypoints.acceptors.process", str(end.fileno())],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        pass_fds=[end.fileno()],
    )


def by_cores() -> int:
    """How many acceptors this machine has room for: its first core is for the process that writes."""
    cores = len(os.sched_getaffinity(0))
    return 0 if cores < CORES_FOR_ONE else 1 if cores < CORES_FOR_TWO else 2


class _Life:
    """One life of one acceptor: its process, and this end of its channel."""

    def __init__(self, process: AcceptorProcess, end: socket.socket) -> None:
        self.process = process
        self.end = end
        self.link: AcceptorLink | None = None
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def over(self, why: str) -> None:
        """Nothing more comes of it."""
        if not self.ended.done():
            self.ended.set_result(why)


class Acceptors:
    """All of them. They wait, ready, until there is a server to accept for."""

    def __init__(self, listening: socket.socket, count: int, start: Start = start_process) -> None:
        # Or each copy of it that is made here would have all processes wait where they accept: they share that, too.
        listening.setblocking(False)
        self._listening = listening
        self._count = count
        self._start = start
        self._lives: list[_Life] = []
        self._keeping: list[asyncio.Task[None]] = []
        self._server: Takes | None = None
        self._orders: AcceptorOrders | None = None
        self._alone_since: float | None = None
        self._stopping = asyncio.Event()
        self.ended = 0

    @property
    def accepting(self) -> int:
        """How many of them accept connections."""
        return sum(life.link is not None and life.link.is_accepting for life in self._lives)

    def start(self) -> None:
        """Start the processes."""
        self._keeping = [asyncio.create_task(self._keep()) for _ in range(self._count)]

    def serve(self, server: Takes, orders: AcceptorOrders) -> None:
        """Have those that are there, and those that come, accept for this server."""
        self._server, self._orders = server, orders
        for life in self._lives:
            self._begin(life)

    def are_missed(self, now: float) -> bool:
        """Whether none of them has accepted for longer than a start takes; to be asked again and again. Ends those that are silent."""
        for life in self._lives:
            if life.link is not None:
                life.link.look(now)
        if self.accepting:
            self._alone_since = None
            return False
        self._alone_since = self._alone_since or now
        return now - self._alone_since > ALONE_SECONDS_MAX

    def stop(self) -> None:
        """Have them answer what is owed, and end."""
        self._stopping.set()
        for life in self._lives:
            if life.link is None:
                life.over("was not needed any more")
            else:
                life.link.stop()

    async def wait(self, seconds: float) -> None:
        """Wait until they have ended, and end those that have not by then."""
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=seconds)
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        wait = RESTART_SECONDS
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            try:
                how = await self._live()
            except OSError as error:  # such as a machine that has no room for another process
                how = f"could not be started ({error})"
            if self._stopping.is_set():
                return
            self.ended += 1
            log.warning("an acceptor ended; it is started again", how=how)
            if loop.time() - began > RESTART_SECONDS_MAX:
                wait = RESTART_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            wait = min(wait * 2, RESTART_SECONDS_MAX)

    async def _live(self) -> str:
        """One life; how it ended."""
        ours, theirs = pair()
        try:
            process = await asyncio.to_thread(self._start, theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        life = _Life(process, ours)
        self._lives.append(life)
        try:
            if self._stopping.is_set():
                return "was not needed any more"
            self._begin(life)
            return await life.ended
        finally:
            self._lives.remove(life)
            if life.link is not None:
                life.link.end("was ended")
            ours.close()
            await asyncio.shield(asyncio.to_thread(_end, process, END_SECONDS_MAX if self._stopping.is_set() else 0.0))

    def _begin(self, life: _Life) -> None:
        if self._server is not None and self._orders is not None:
            life.link = AcceptorLink(life.end, self._server, life.over)
            try:
                life.link.begin(self._orders, self._listening)
            except OSError as error:  # such as too many open files
                life.over(f"could not be told to begin ({error})")


def _end(process: AcceptorProcess, seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS_MAX)


@asynccontextmanager
async def acceptors_beside(
    listening: socket.socket | None, count: int, start: Start = start_process
) -> AsyncIterator[Acceptors | None]:
    """So many acceptors on a listening socket until the block ends; None where there are to be none."""
    if listening is None or not count:
        yield None
        return
    acceptors = Acceptors(listening, count, start)
    acceptors.start()
    try:
        yield acceptors
    finally:
        acceptors.stop()
        await acceptors.wait(END_SECONDS_MAX)
