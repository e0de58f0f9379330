"""One of several processes on one PostgreSQL, that a test kills, stops, and cuts off from its database."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.journeys.processes import ROOT
from tests.journeys.wires import Wire


class Member:
    """One process, behind a line to the database of its own."""

    def __init__(self, folder: Path, role: str, name: str, wire: Wire, environ: dict[str, str]) -> None:
        self.role = role
        self.name = name
        self.wire = wire
        self.log = folder / f"{name}.log"
        self._environ = {**environ, "DIALTRAIL_HOME": str(folder / name)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started last."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait for nothing."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", self.role],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=20)

    def stop(self) -> None:
        """SIGSTOP: it stands still, and the kernel keeps its connections."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def end(self) -> int:
        """SIGTERM, and the exit code."""
        assert self._process is not None
        self.go_on()
        self._process.terminate()
        return self._process.wait(timeout=60)

    def leave_nothing(self) -> None:
        """No process stays, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
