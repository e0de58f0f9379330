"""Dialtrail and the sandbox as real processes on free ports, for whole days in little time."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Self

import httpx

from adapters.folder_owner import read_owner

ROOT = Path(__file__).parents[2]
API_KEY = "mv_live_sandbox"
WEBHOOK_SECRET = "change-me"
START_SECONDS_MAX = 60.0
POLL_SECONDS = 0.02
PORT_MIN = 10_000
PORTS_OF_A_PROCESS = 61


def free_port() -> int:
    """A port that nobody listened on a moment ago, and that the kernel gives to nobody who connects.

    A server that is started again needs its port free: any connection of another test's could have it meanwhile.
    """
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def _ports() -> Iterator[int]:
    """Each process begins elsewhere."""
    given_to_clients_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(PORT_MIN, given_to_clients_from)
    begin = os.getpid() * PORTS_OF_A_PROCESS % len(ports)
    return chain(ports[begin:], ports[:begin])


_PORTS = _ports()


def until(what: str, condition: Callable[[], bool], seconds_max: float) -> None:
    """Wait for a condition, and fail by name if it does not come."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds_max:g} s")
        time.sleep(POLL_SECONDS)


class Up:
    """`dialtrail up` on a folder and a port of its own, to be started, killed and started again.

    `within` is a command that takes its own as further arguments, such as one that sets limits first.
    """

    def __init__(
        self, folder: Path, sandbox_url: str, port: int, /, *, within: Sequence[str] = (), **environ: str
    ) -> None:
        self._within = within
        self.home = folder / "data"
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "up.log"
        self._environ = {
            "PATH": os.environ.get("PATH", ""),  # noqa: TID251 - the child's environment
            "DIALTRAIL_HOME": str(self.home),
            "DIALTRAIL_PORT": str(port),
            "DIALTRAIL_ACCEPTORS": "0",
            "MINIVOICE_API_KEY": API_KEY,
            "MINIVOICE_BASE_URL": sandbox_url,
            "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """What its other commands find in their environment."""
        return dict(self._environ)

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self.start()
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process behind, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._within, sys.executable, "-m", "entrypoints.cli", "up"],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        process = self._process
        until("dialtrail up answers", lambda: process.poll() is not None or self._is_live(), START_SECONDS_MAX)
        assert process.poll() is None, self.log.read_text()[-2_000:]

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=20)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=40)

    def api(self, method: str, path: str, **more: Any) -> Any:
        """One request to the API, which must succeed; what is not ready yet is asked again."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            answer = httpx.request(method, self.url + path, timeout=30, trust_env=False, **more)
            if answer.status_code != 503 or time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json()

    def _is_live(self) -> bool:
        owner = read_owner(self.home)
        if owner is None or owner.pid != (self._process.pid if self._process else 0) or owner.url is None:
            return False
        try:
            return httpx.get(self.url + "/health/live", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def sandbox_process(folder: Path, *options: str) -> Iterator[tuple[str, Path]]:
    """The sandbox with these options; its address, and the file with its log."""
    log = folder / "sandbox.jsonl"
    with (folder / "sandbox.log").open("wb") as talk:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints.sandbox", "--port", "0", "--log", str(log), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=talk,
            text=True,
        )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline().strip()
        assert ready.startswith("sandbox ready "), (folder / "sandbox.log").read_text()
        yield ready.removeprefix("sandbox ready "), log
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def log_lines(log: Path, kind: str) -> list[dict[str, Any]]:
    """The lines of one kind in the sandbox's log, without one that is just being written."""
    return [line for line in every_line(log) if line["kind"] == kind]


def every_line(log: Path) -> list[dict[str, Any]]:
    """All lines of the sandbox's log, likewise."""
    return [json.loads(text) for text in log.read_text().rpartition("\n")[0].splitlines()]
