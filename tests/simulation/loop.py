"""An event loop on virtual time. Real: asyncio's scheduling of tasks, futures and timers. Model: time, threads and sockets.

Where nothing is ready it jumps to the next timer. Work for threads runs in the loop, a seeded moment later, so that orders
vary with the seed. Nothing sleeps, and there are no sockets: `create_connection` goes to a `Wires`.

While nothing happens in the world, timers run late, in one go, like those of a machine that has better things to do: a night
in which only clocks are looked at costs hundreds of turns and not millions. Nobody of the world is ever late.
"""

import asyncio
import heapq
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any, Protocol

PROCESS: ContextVar[str] = ContextVar("process", default="world")
"""Which process of the world a callback belongs to; one that was killed has no other turn."""
THREAD_SECONDS_MAX = 0.002
TURN_SECONDS = 1e-6
"""How far a timer is away at least: whoever waits for less than a float can say does not wait for ever."""
BUSY_SECONDS = 0.05
"""For so long after something happened timers are on time."""
LATE_SECONDS_MIN, LATE_SECONDS_MAX = 0.1, 300.0
LATER_EACH_TIME = 5.0
LATE_BY_IDLE = 0.5
"""How late they may be for each second in which nothing has happened, where that is more."""
LATE_AT_NIGHT_SECONDS_MAX = 1_800.0


class Wires(Protocol):
    """What connects one side with another."""

    async def connect(self, protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
        """A connection to whoever listens there. Raises `ConnectionRefusedError`."""


class OutOfTimers(Exception):
    """Everybody waits for something that nobody will ever do."""


class VirtualLoop(BaseEventLoop):
    """Time is in seconds since the world began."""

    _ready: deque[asyncio.Handle]

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._now = 0.0
        self._chance = chance
        self._exact: list[float] = []
        self._happened_at = 0.0
        self._late_by = 0.0
        self._selector = self
        self._clock_resolution = 1e-9
        self._killed: set[str] = set()
        self._world = copy_context()
        self.wires: Wires | None = None
        self.mistakes: list[str] = []
        self.set_exception_handler(self._keep_mistake)

    def time(self) -> float:
        """The world's own clock."""
        return self._now

    def kill(self, process: str) -> None:
        """Nothing of this process runs any more, not even what cleans up."""
        self._killed.add(process)

    def happened(self) -> None:
        """Something happened: timers are on time for a while."""
        self._happened_at, self._late_by = self._now, 0.0

    def exactly_at(self, when: float, act: Callable[..., object], *given: Any) -> asyncio.TimerHandle:
        """Something of the world, which is never late, and after which timers are on time for a while.

        It is of no process, whoever asks for it: what a process has sent arrives, also where that was killed meanwhile.
        """
        heapq.heappush(self._exact, when)
        return self.call_at(when, self._act, act, given, context=self._world.copy())

    def exactly_in(self, seconds: float, act: Callable[..., object], *given: Any) -> asyncio.TimerHandle:
        """The same, from now."""
        return self.exactly_at(self._now + seconds, act, *given)

    def on_time_in(self, seconds: float, act: Callable[..., object], *given: Any) -> asyncio.TimerHandle:
        """What a process has under way, such as a thread's work: not late, but nothing that happens in the world either."""
        heapq.heappush(self._exact, self._now + seconds)
        return self.call_at(self._now + seconds, act, *given)

    def _act(self, act: Callable[..., object], given: tuple[Any, ...]) -> None:
        self.happened()
        act(*given)

    def select(self, timeout: float | None) -> list[object]:
        """asyncio asks its selector to wait here: nothing is ready, so the time is what the next timer has."""
        if timeout is None:
            raise OutOfTimers
        if not self._ready:
            self._now += TURN_SECONDS
        if timeout <= 0:
            return []
        while self._exact and self._exact[0] <= self._now:
            heapq.heappop(self._exact)
        until = self._now + timeout
        idle = self._now - self._happened_at
        if idle > BUSY_SECONDS:
            late_max = max(LATE_SECONDS_MAX, min(LATE_AT_NIGHT_SECONDS_MAX, idle * LATE_BY_IDLE))
            self._late_by = min(late_max, max(LATE_SECONDS_MIN, self._late_by * LATER_EACH_TIME))
            until = max(until, self._now + self._late_by)
            if self._exact:
                until = min(until, max(self._exact[0], self._now))
        self._now = max(self._now, until)
        return []

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio's, unless the process was killed meanwhile."""
        context = context or copy_context()
        return super().call_soon(self._unless_killed, context.get(PROCESS, "world"), callback, args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, unless the process was killed meanwhile."""
        context = context or copy_context()
        return super().call_at(
            when, self._unless_killed, context.get(PROCESS, "world"), callback, args, context=context
        )

    def _unless_killed(self, process: str, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        if process not in self._killed:
            callback(*args)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """There is one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """What a thread would do is done in the loop, a moment later."""
        done = self.create_future()
        self.on_time_in(self._chance.random() * THREAD_SECONDS_MAX, self._run_one, done, func, args)
        return done

    def _run_one(self, done: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            result = func(*args)
        except StopIteration:
            raise
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            if not done.cancelled():
                done.set_exception(error)
        else:
            if not done.cancelled():
                done.set_result(result)

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """A wire of the world."""
        if self.wires is None:
            raise ConnectionRefusedError("there are no wires")
        protocol = protocol_factory()
        return await self.wires.connect(protocol, host, port), protocol

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the library's face
        """There is none."""

    def _process_events(self, event_list: list[object]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _keep_mistake(self, _: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        self.mistakes.append(f"{context.get('message')}: {error!r}")
