"""The demo's processes: started with a log each, watched, and stopped whatever happens."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, TypeVar

import entrypoints
from entrypoints.cli.failure import CommandFailed

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 10.0
POLL_SECONDS = 0.05
LAST_LINES = 15
CHECKOUT = Path(entrypoints.__file__).parents[1]
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

Found = TypeVar("Found")


class Child:
    """One process of ours; `name` is what people know it by."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    def last_lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]


class Children:
    """All processes of one demo. Leaving it stops them, the last started first, and waits until they are gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []
        self._handlers: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, _end) for number in ENDING_SIGNALS}
        return self

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start `dialtrail` with these arguments; one that is started again goes on in the log of the one before."""
        from entrypoints.settings import child_environment  # noqa: PLC0415 - help starts nothing

        log = self._folder / f"{name}.log"
        with log.open("ab") as file:
            # Its own process group: Ctrl-C on the terminal reaches us alone, and we stop them in order.
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "entrypoints.cli", *arguments],
                cwd=CHECKOUT,
                env=child_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def kill(self, child: Child) -> None:
        """kill -9, before the eyes of all: it is not missed afterwards."""
        child.process.kill()
        child.process.wait()
        self._children.remove(child)

    def check(self) -> None:
        """Raises `CommandFailed` if one of them has ended."""
        for child in self._children:
            if (code := child.process.poll()) is not None:
                raise CommandFailed(
                    f"the demo's process `{child.name}` ended with code {code}; its log's last lines: see above"
                )

    async def wait_for(self, child: Child, find: Callable[[], Found | None]) -> Found:
        """What `find` finds as soon as it does; raises `CommandFailed` where the child ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while (found := find()) is None:
            self.check()
            if time.monotonic() >= deadline:
                raise CommandFailed(
                    f"the demo's process `{child.name}` was not ready after {START_SECONDS_MAX:g} seconds"
                )
            await asyncio.sleep(POLL_SECONDS)
        return found

    def last_lines(self) -> list[str]:
        """The last lines of each log."""
        return [f"{child.name}: {line}" for child in self._children for line in child.last_lines()]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        watched = (signal.SIGINT, *ENDING_SIGNALS)
        before = {
            number: signal.signal(number, signal.SIG_IGN) for number in watched
        }  # a second Ctrl-C must not strand them
        for child in reversed(self._children):
            child.process.terminate()
        for child in reversed(self._children):
            try:
                child.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        for number, handler in {**before, **self._handlers}.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
