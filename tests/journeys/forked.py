"""`dialtrail up` forked off this process, which has imported all of it and started no thread: so that a thousand kills are cheap.

Each is a process of its own, with the process that keeps its views beside it. What is saved is that two interpreters
start and import, which takes most of a start.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self, cast

from entrypoints import views_process
from entrypoints.cli.program import run
from tests.journeys.processes import ROOT, START_SECONDS_MAX, Up, until

# What `up` imports when it needs it.
for name in ("entrypoints.cli.server", "entrypoints.up", "entrypoints.wiring", "entrypoints.settings"):
    importlib.import_module(name)
LOOK_SECONDS = 0.01


class Forked:
    """A process that was forked, with as much of the face of `subprocess.Popen` as is used of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """How it ends within so many seconds."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["forked"], timeout)
            time.sleep(LOOK_SECONDS)
        return cast("int", self.returncode)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


class PipedViews:
    """What `up` has of the process that keeps its views, which is not its child here: the two pipes."""

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()

    def wait(self, _: float | None = None) -> int:
        """It has ended, or does so when its input is closed."""
        return 0

    def kill(self) -> None:
        """Its input is closed already."""


class ForkedUp(Up):
    """`dialtrail up` as `Up` has it, without the time that an interpreter takes to start."""

    _views: Forked | None = None

    def start(self) -> None:
        """Fork it, and wait until it answers."""
        (ear, mouth), (far_ear, far_mouth) = os.pipe(), os.pipe()
        self._views = _forked(self.log, self._environ, ear, far_mouth, (mouth, far_ear))
        process = _forked(self.log, self._environ, mouth, far_ear, (ear, far_mouth), is_up=True)
        for pipe in (ear, mouth, far_ear, far_mouth):
            os.close(pipe)
        self._process = cast("subprocess.Popen[bytes]", process)
        until("dialtrail up answers", lambda: process.poll() is not None or self._is_live(), START_SECONDS_MAX)
        assert process.poll() is None, self.log.read_text()[-2_000:]

    def kill(self) -> None:
        """kill -9 of `up`; the process beside it ends by itself, as its input does."""
        super().kill()
        self._reap()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        code = super().stop()
        self._reap()
        return code

    def _reap(self) -> None:
        if self._views is not None:
            self._views.wait(START_SECONDS_MAX)


def _forked(
    log: Path, environ: Mapping[str, str], ours: int, others: int, far: tuple[int, int], *, is_up: bool = False
) -> Forked:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 1
    try:
        for pipe in far:
            os.close(pipe)
        os.chdir(ROOT)
        os.environ.clear()  # noqa: TID251 - the child's own
        os.environ.update(environ)  # noqa: TID251
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(written, sys.stderr.fileno())
        os.close(written)
        code = _up(ours, others) if is_up else _views(ours, others)
    except BaseException as error:  # noqa: BLE001 - it ends here, and says why
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _up(mouth: int, ear: int) -> int:
    os.dup2(2, 1)
    for pipe in (mouth, ear):
        os.set_inheritable(pipe, False)
    ahead = [PipedViews(os.fdopen(mouth, "wb", buffering=0), os.fdopen(ear, "rb", buffering=0))]
    start = views_process.start

    def piped(*given: Any) -> Any:
        return ahead.pop() if ahead else start(*given)

    views_process.start = piped  # type: ignore[assignment]
    return run(["up"])


def _views(ear: int, mouth: int) -> int:
    os.dup2(ear, 0)
    os.dup2(mouth, 1)
    for pipe in (ear, mouth):
        if pipe > 2:
            os.close(pipe)
    sys.argv = ["views_process", "auto"]
    with suppress(ValueError):  # nothing was ever said to it: `up` ended first
        return views_process.main()
    return 0
