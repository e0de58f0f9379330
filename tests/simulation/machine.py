"""The machine that Dialtrail runs on in a world: its clock, its chance, and the turns of the parts that work by themselves.

Real: the writer, the projector and the log's keeper, with SQLite below them. Model: which of them runs when, and the clock,
which may be set wrong.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from adapters.turns import Rest, Work
from entrypoints.process import Outside
from tests.simulation.loop import VirtualLoop

TURN_SECONDS_MAX = 0.003
TURNS_TO_END_MAX = 10_000


class SteppedBell:
    """Rings in the loop."""

    def __init__(self) -> None:
        self._is_set = False
        self.heard_by: Callable[[], None] | None = None

    def set(self) -> None:
        """Whoever rests by it goes on soon."""
        self._is_set = True
        if self.heard_by is not None:
            self.heard_by()

    def clear(self) -> None:
        """What it was rung for is seen to."""
        self._is_set = False

    def is_set(self) -> bool:
        """Whether it is rung."""
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Nobody may wait here: it would stop the world."""
        raise AssertionError(f"waited {timeout} s for a bell in a world of one thread")


class Stepped:
    """One part's work, each turn of which is a callback of the loop."""

    def __init__(self, loop: VirtualLoop, chance: Random, work: Work, moment: Callable[[str], float]) -> None:
        self._loop, self._chance, self._work = loop, chance, work
        self._moment = moment
        self._timer = loop.call_soon(self._turn, None)
        self._rest: Rest | None = None
        self._alive = True
        self._is_called = True

    def is_alive(self) -> bool:
        """Whether it may still take a turn."""
        return self._alive

    def join(self, timeout: float | None = None) -> None:
        """Let it take its turns until it ends."""
        for _ in range(TURNS_TO_END_MAX):
            if not self._alive:
                return
            self._timer.cancel()
            self._turn(None if self._rest is None else self._rest.bell.is_set())

    def kill(self) -> None:
        """No other turn."""
        self._timer.cancel()
        self._alive = False

    def _turn(self, rung: bool | None) -> None:
        self._forget_rest()
        self._is_called = False
        waits = self._moment("before")
        if not self.is_alive():
            return
        if waits:
            self._timer = self._loop.call_later(waits, self._turn, rung)
            return
        try:
            rest = next(self._work) if rung is None else self._work.send(rung)
        except StopIteration:
            self._alive = False
            return
        self._rest = rest
        self._moment("after")
        if not self.is_alive():
            return
        bell = rest.bell
        if bell.is_set():
            self._soon()
            return
        if isinstance(bell, SteppedBell):
            bell.heard_by = self._soon
        if rest.seconds is not None:
            self._timer = self._loop.call_later(rest.seconds, self._turn, False)

    def _soon(self) -> None:
        if not self._is_called and self._alive:
            self._is_called = True
            self._timer.cancel()
            self._timer = self._loop.on_time_in(self._chance.random() * TURN_SECONDS_MAX, self._turn, True)

    def _forget_rest(self) -> None:
        if self._rest is not None and isinstance(self._rest.bell, SteppedBell):
            self._rest.bell.heard_by = None


class SteppedTurns:
    """All parts of one process. `moment` is told before and after each turn, by the part's name.

    Before it, it says how many seconds the turn has to wait first: 0 for most.
    """

    def __init__(self, loop: VirtualLoop, chance: Random, moment: Callable[[str, str], float]) -> None:
        self._loop, self._chance, self._moment = loop, chance, moment
        self._parts: list[Stepped] = []

    def bell(self) -> SteppedBell:
        """A bell in the loop."""
        return SteppedBell()

    def begin(self, work: Callable[[], Work], name: str) -> Stepped:
        """Its first turn is soon."""
        chance = Random(f"{self._chance.random()}")
        part = Stepped(self._loop, chance, work(), lambda when: self._moment(name, when))
        self._parts.append(part)
        return part

    def kill(self) -> None:
        """The process is no more."""
        for part in self._parts:
            part.kill()


class Machine:
    """One machine: `began` is the true time when the world did, `wrong_by` how much its clock is ahead."""

    def __init__(self, loop: VirtualLoop, chance: Random, began: datetime) -> None:
        self._loop, self._chance, self.began = loop, chance, began
        self.wrong_by = timedelta()
        self.boots = 1

    def true_now(self) -> datetime:
        """What nobody in the world can set wrong."""
        return self.began + timedelta(seconds=self._loop.time())

    def now(self) -> datetime:
        """What its clock says."""
        return self.true_now() + self.wrong_by

    def outside(self, turns: SteppedTurns) -> Outside:
        """What comes into a process from here."""
        chance = self._chance
        return Outside(
            clock=self.now,
            monotonic=self._loop.time,
            awake_and_asleep=self._loop.time,
            chance=chance.random,
            new_id=lambda: f"{chance.getrandbits(128):032x}",
            new_request_id=lambda: f"{chance.getrandbits(128):032x}",
            new_bytes=chance.randbytes,
            boot_id=lambda: f"boot-{self.boots}",
            machine_id=lambda: "machine",
            turns=turns,
        )
