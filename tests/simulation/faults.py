"""What goes wrong with Dialtrail's process, machine and disk, and what is started again. Model: the faults; real: the files."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

from adapters.folder_owner import FolderOwner
from adapters.ledger.lanes import LANES, LaneLimits
from domain.errors import FolderInUse
from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop
from tests.simulation.losses import Connections, put_foreign_marks
from tests.simulation.losses import lose_unsynced as _lose_unsynced
from tests.simulation.machine import Machine, SteppedTurns
from tests.simulation.plan import Act
from tests.simulation.process import Process
from tests.simulation.wires import Network

DOWN_SECONDS_MAX = 120.0
DISK_FULL_SECONDS_MAX = 60.0
CLOCK_WRONG_SECONDS = 600.0
WRITER = "dialtrail-ledger-writer"
LEDGER_FILES = ("ledger.db", "ledger.db-wal", "ledger.db-shm")
LOOK_SECONDS = 1.0
LOOKS_MAX = 3_600
PAGES_MAX = 1_073_741_823
REQUEST_SECONDS_MAX = 900.0
SENT_SECONDS_MAX = 0.005
"""A kill after a request was sent comes before its answer, which takes twice as long at least."""
A_FULL_QUEUE = LaneLimits(waiting_max=1, a_commit_max=1)


class Faults:
    """Holds the one process that there is, and ends it, and starts it again."""

    def __init__(
        self,
        journal: Journal,
        loop: VirtualLoop,
        network: Network,
        machine: Machine,
        folder: Path,
        chance: Random,
    ) -> None:
        self._journal, self._loop, self._network = journal, loop, network
        self._machine, self._folder, self._chance = machine, folder, chance
        self._starts = 0
        self._killed: list[object] = []
        self._kill_at: tuple[str, int] | None = None
        self._hangs_until = 0.0
        self._awaited: asyncio.Future[None] | None = None
        self.connections = Connections()
        self._backup: Path | None = None
        self._is_over = False
        self.commits = self.kills = self._turns = 0
        (folder / "marks").mkdir()
        self.process = self._made()

    def start(self) -> None:
        """A new process on the same folder."""
        self.process = self._made()
        turns = SteppedTurns(self._loop, Random(f"{self._chance.random()}"), self._moment)
        task = self.process.begin(turns)
        self._journal.note("start", process=self.process.name)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """The end of the world."""
        self._is_over = True
        await self.process.stop()

    async def act(self, act: Act) -> None:
        """One of them, by its name."""
        down = act.value * DOWN_SECONDS_MAX
        if act.what == "kill":
            await self._kill(down)
        elif act.what in ("kill_before_commit", "kill_after_commit"):
            self._kill_at = (act.what.split("_")[1], self._turns + 1 + int(act.value * 20))
        elif act.what == "stop":
            await self._stop(down)
        elif act.what == "disk_full":
            await self._fill_disk(act.value * DISK_FULL_SECONDS_MAX)
        elif act.what == "disk_hangs":
            self._hang(act.what, act.value * DISK_FULL_SECONDS_MAX)
        elif act.what == "queue_full":
            await self._fill_queue(act.value * DISK_FULL_SECONDS_MAX)
        elif act.what == "clock":
            await self._set_clock(timedelta(days=1) if act.value < 0.5 else timedelta(days=-1))
        elif act.what == "two_owners":
            self._try_to_own()
        else:
            await self._end_badly(act, down)

    async def _end_badly(self, act: Act, down: float) -> None:
        """What ends with a process that is not there, and files that are not as it left them."""
        if act.what == "restore":
            await self._restore(act.value, down)
            return
        if act.what != "lose_marks":
            await self._request()
        await self._running()
        self._kill_now()
        if act.what == "foreign_marks":
            self._journal.note("foreign_marks", of=put_foreign_marks(self._folder / "marks", self._chance))
        elif act.what != "kill_after_send":
            self._switch_off(lose_unsynced=act.what == "lose_power")
        await self._sleep(down)
        self._start_again()

    def request_came(self) -> None:
        """The provider has a request, and has not answered yet."""
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)

    async def over(self) -> None:
        """Nothing more goes wrong; it runs."""
        self._kill_at, self._hangs_until = None, 0.0
        self._machine.wrong_by = timedelta()
        self._set_pages_max(PAGES_MAX)
        for _ in range(LOOKS_MAX):
            if self.process.is_running:
                return
            await self._sleep(LOOK_SECONDS)
        raise TimeoutError("no process runs an hour after the last fault")

    def forget(self) -> None:
        """Let go of what was killed."""
        self._killed.clear()

    def _made(self) -> Process:
        self._starts += 1
        return Process(f"dialtrail-{self._starts}", self._folder, self._loop, self._network, self._machine)

    def _moment(self, name: str, when: str) -> float:
        """Before and after each turn of a part that works by itself."""
        if name != WRITER:
            return 0.0
        if when == "before":
            wait = self._hangs_until - self._loop.time()
            if wait > 0:
                return wait
            self._turns += 1
        else:
            self.commits += 1
        if self._kill_at is not None and self._kill_at[0] == when and self._turns >= self._kill_at[1]:
            self._kill_at = None
            self._kill_now()
            self._loop.exactly_in(self._chance.random() * DOWN_SECONDS_MAX, self._start_again)
        return 0.0

    def _kill_now(self) -> None:
        if not self.process.is_running:
            return
        self.kills += 1
        self._journal.note("crash", process=self.process.name)
        self._killed += [self.process, *asyncio.all_tasks(self._loop)]
        self.process.kill()

    def _start_again(self) -> None:
        if not self.process.is_running and not self._is_over:
            self.start()

    async def _kill(self, down: float) -> None:
        await self._running()
        self._kill_now()
        await self._sleep(down)
        self._start_again()

    async def _stop(self, down: float) -> None:
        await self._running()
        self._journal.note("stop", process=self.process.name)
        await self.process.stop()
        await self._sleep(down)
        self._start_again()

    async def _fill_disk(self, seconds: float) -> None:
        await self._running()
        self._journal.note("disk_full", seconds=seconds)
        self._set_pages_max(1)
        await self._sleep(seconds)
        self._set_pages_max(PAGES_MAX)

    def _hang(self, what: str, seconds: float) -> None:
        self._journal.note(what, seconds=seconds)
        self._hangs_until = self._loop.time() + seconds

    async def _fill_queue(self, seconds: float) -> None:
        """The writer stands still, and one delivery may wait for it: the others are told to come again."""
        await self._running()
        queues = self.process.system.ledger._writer._queues  # type: ignore[union-attr]
        queues._lanes = {**LANES, "webhooks": A_FULL_QUEUE}
        self._hang("queue_full", seconds)
        await self._sleep(seconds)
        queues._lanes = LANES

    async def _request(self) -> None:
        """Until the provider has got one, or a while is over."""
        self._awaited = awaited = self._loop.create_future()
        self._loop.exactly_in(REQUEST_SECONDS_MAX, lambda: None if awaited.done() else awaited.set_result(None))
        await awaited
        await self._sleep(self._chance.random() * SENT_SECONDS_MAX)

    def _set_pages_max(self, pages: int) -> None:
        """SQLite itself says that the disk is full once its file may not grow."""
        if self.process.system is not None and self.process.is_running:
            recorder = self.process.system.ledger._recorder
            recorder.datastore.writer.execute(f"PRAGMA max_page_count={pages}").fetchall()  # type: ignore[attr-defined]

    async def _set_clock(self, by: timedelta) -> None:
        self._machine.wrong_by += by
        self._journal.note("clock", wrong_by_seconds=self._machine.wrong_by.total_seconds())
        await self._sleep(CLOCK_WRONG_SECONDS)
        self._machine.wrong_by -= by
        self._journal.note("clock", wrong_by_seconds=self._machine.wrong_by.total_seconds())

    def _try_to_own(self) -> None:
        """A second process on the folder of one that runs must be refused."""
        if not self.process.is_running:
            return
        try:
            FolderOwner.take(self._folder / "data", "up").release()
        except FolderInUse:
            self._journal.note("two_owners", refused=True)
        else:
            self._loop.mistakes.append("a second process could own the folder of one that runs")

    def _switch_off(self, *, lose_unsynced: bool) -> None:
        """The machine's memory, and the marks in it, are gone; and what was on its way to the disk."""
        if lose_unsynced:
            lost = _lose_unsynced(self._folder / "data", self.connections, self._chance)
            self._journal.note("power_lost", frames=lost)
        shutil.rmtree(self._folder / "marks")
        (self._folder / "marks").mkdir()
        self._machine.boots += 1
        self._journal.note("marks_lost")

    async def _restore(self, value: float, down: float) -> None:
        """First a copy is taken; the next time it is put back, in place of what came since."""
        await self._running()
        if self._backup is None or value <= 0.3:
            self._backup = self._folder / "backup"
            shutil.rmtree(self._backup, ignore_errors=True)
            self._backup.mkdir()
            for name in LEDGER_FILES[:2]:
                if (self._folder / "data" / name).exists():
                    shutil.copy(self._folder / "data" / name, self._backup / name)
            return
        self._kill_now()
        for name in LEDGER_FILES:
            (self._folder / "data" / name).unlink(missing_ok=True)
        for one in sorted(self._backup.iterdir()):
            shutil.copy(one, self._folder / "data" / one.name)
        self._journal.note("restore")
        await self._sleep(down)
        self._start_again()

    async def _running(self) -> None:
        while not self.process.is_running:
            await self._sleep(LOOK_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = self._loop.create_future()
        self._loop.exactly_in(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            error = task.exception()
            self._loop.mistakes.append(f"a process ended by itself: {type(error).__name__}: {error}")
