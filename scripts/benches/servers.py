"""Servers as processes for the benches: `dialtrail up` on a data folder, and the floors."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "change-me"  # noqa: S105 - the documentation's own example


def _free_port() -> int:
    """One that nobody listened on a moment ago: another bench may run beside this one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


FLOOR_URL = f"http://127.0.0.1:{_free_port()}"
UP_URL = f"http://127.0.0.1:{_free_port()}"
READY_SECONDS_MAX = 900.0
POLL_SECONDS = 0.02
ENVIRON = {
    "PATH": os.environ["PATH"],  # noqa: TID251 - the children's environment
    "PYTHONPATH": str(ROOT),
    "DIALTRAIL_PORT": UP_URL.rpartition(":")[2],
    "DIALTRAIL_API_REQUESTS_PER_SECOND": "0",
    "MINIVOICE_API_KEY": "mv_live_bench",
    "MINIVOICE_BASE_URL": "http://127.0.0.1:9",
    "MINIVOICE_WEBHOOK_SECRET": SECRET,
    "DIALTRAIL_SEALED": os.environ.get("DIALTRAIL_SEALED", "0"),  # noqa: TID251 - DIALTRAIL_SEALED=1 measures a sealed ledger
}


def wait_until(what: str, condition: Callable[[], bool], seconds_max: float = READY_SECONDS_MAX) -> float:
    """Wait for it; the seconds that took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds_max:
            raise SystemExit(f"{what}: not within {seconds_max:g} s")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processes(pid: int) -> dict[int, str]:
    """A process and its children, each with what tells it from the others."""
    found = {pid: "itself"}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or _children(pid):
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        found[int(child)] = next(
            (word.removeprefix("entrypoints.") for word in words if word.startswith("entrypoints.")), "other"
        )
    return found


def _children(pid: int) -> list[str]:
    """Those that another of its threads started."""
    return [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def answers(url: str) -> bool:
    """Whether there is an answer that says yes."""
    try:
        return httpx.get(url, trust_env=False, timeout=10).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def floor(folder: Path, ledger: Path | None = None) -> Iterator[int]:
    """The floors, listening, over a ledger's database where they are to read one; their process id."""
    read = [] if ledger is None else [str(ledger)]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "floors.py"), FLOOR_URL.rpartition(":")[2], SECRET, str(folder), *read],
        cwd=ROOT,
        env=ENVIRON,
    )
    try:
        wait_until("the floor answers", lambda: answers(FLOOR_URL + "/nothing/1"), 20)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


class Up:
    """`dialtrail up` on a data folder."""

    def __init__(self, home: Path, *, program: Sequence[str] = ("-m", "entrypoints.cli"), **more: str) -> None:
        self._log = home.parent / f"{home.name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *program, "up"],
                cwd=ROOT,
                env={**ENVIRON, "DIALTRAIL_HOME": str(home), **more},
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether every part says that it is."""
        if self._process.poll() is not None:
            raise SystemExit(f"dialtrail up ended:\n{self._log.read_text()[-2_000:]}")
        return answers(UP_URL + "/health/ready")

    def memory_mib(self, field: str = "VmHWM") -> float:
        """Its memory, resident: at its highest, or with `VmRSS` now."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

    def kill(self) -> None:
        """kill -9."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def up(home: Path, **more: str) -> Iterator[Up]:
    """`dialtrail up`, ready, with more settings."""
    started = Up(home, **more)
    try:
        wait_until("dialtrail up is ready", started.is_ready)
        yield started
    finally:
        started.stop()


def ask(url: str, connections: int, seconds: float, paths: Path) -> dict[str, Any]:
    """One round of reading on one server."""
    return _load([str(HERE / "reads.py"), url, str(connections), str(seconds), str(paths)])


def deliver(connections: int, seconds: float) -> dict[str, Any]:
    """One round of deliveries to `up`."""
    url = UP_URL + "/webhooks/minivoice"
    return _load([str(HERE / "load.py"), url, SECRET, str(connections), str(seconds)])


def _load(command: list[str]) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
