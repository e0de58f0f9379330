"""From `campaign start` to the first request, what a tick costs, and the memory, by how many wait and for what.

python starting.py [RECIPIENTS …]        by default 10,000, 100,000 and 1,000,000
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from history import campaign_of, make  # noqa: E402
from servers import cpu_seconds, wait_until  # noqa: E402

from adapters.folder_owner import read_owner  # noqa: E402
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process  # noqa: E402

CAMPAIGN = campaign_of(0, 1)
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALLABLE_BEHIND = 1_000
WARM_SECONDS = 3.0
DIALLING_SECONDS = 10.0
WAITS = ("any hour", "hours in 8 zones", "all but the last 1,000 held until tomorrow")


class Measured:
    """`up` and the process of its views: their memory and time."""

    def __init__(self, pid: int) -> None:
        threads = Path(f"/proc/{pid}/task").iterdir()
        (views,) = [child for thread in threads for child in (thread / "children").read_text().split()]
        self.pids = {"up": pid, "views": int(views)}

    def memory(self) -> str:
        """Of each at most, and now."""
        return ", ".join(
            f"{name} {_mib(pid, 'VmHWM')} MiB at most, {_mib(pid, 'VmRSS')} now" for name, pid in self.pids.items()
        )

    def cpu(self) -> dict[str, float]:
        """The seconds that each has computed so far."""
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}


def measure(folder: Path, recipients: int, waits: str) -> None:
    """One campaign of so many."""
    held = recipients - CALLABLE_BEHIND if waits == WAITS[2] else 0
    tomorrow = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 - the clock of the bench
    make(folder / "data", recipients, enrolled_only=True, zones=ZONES, held=held, held_until=tomorrow)
    port = free_port()
    options = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    life = ["--ring-seconds", "0.1:0.3", "--talk-seconds", "0.1:0.3", "--gather-rate", "0"]
    print(f"{recipients} recipients, {waits}", flush=True)
    with (
        sandbox_process(folder, *options, *life) as (url, log),
        Up(folder, url, port, DIALTRAIL_API_REQUESTS_PER_SECOND="0") as up,
    ):
        found = Measured(_pid(up))
        wait_until("it is ready", lambda: _is_ready(up))
        print(f"  views made: {found.memory()}")
        up.kill()
        began = time.monotonic()
        up.start()
        wait_until("it is ready", lambda: _is_ready(up))
        found = Measured(_pid(up))
        print(f"  started again, ready after {time.monotonic() - began:.1f} s: {found.memory()}", flush=True)
        if waits == WAITS[1]:
            took = _revise(up, {"every_day": ["08:00-21:00"]})
            print(f"  hours set in {took * 1e3:.0f} ms")
        _first_request(up, url, log)
        _cost(found, url)
        took = _revise(up, {DAYS[(tomorrow.weekday() + 2) % 7]: ["09:00-09:01"]})
        print(f"  everybody held by new hours: answered in {took * 1e3:.0f} ms")
        _cost(found, url)
        print(f"  in the end: {found.memory()}", flush=True)
        up.stop()


def _first_request(up: Up, url: str, log: Path) -> None:
    began = time.monotonic()
    up.api("POST", f"/v1/campaigns/{CAMPAIGN}/start")
    answered = time.monotonic() - began
    wait_until("the first request", lambda: _posts(url) > 0, 120)
    arrived = next(line["monotonic_ns"] for line in log_lines(log, "arrived") if line["method"] == "POST")
    print(
        f"  start answered after {answered * 1e3:.0f} ms, first request after {(arrived / 1e9 - began) * 1e3:.0f} ms",
        flush=True,
    )


def _cost(found: Measured, url: str) -> None:
    time.sleep(WARM_SECONDS)
    before, cpu, began = _posts(url), found.cpu(), time.monotonic()
    time.sleep(DIALLING_SECONDS)
    posts, took, after = _posts(url) - before, time.monotonic() - began, found.cpu()
    used = {name: after[name] - cpu[name] for name in cpu}
    each = f", {sum(used.values()) / posts * 1e3:.2f} ms a request" if posts else ""
    shares = ", ".join(f"{name} {100 * seconds / took:.0f} %" for name, seconds in used.items())
    print(f"  {posts / took:.0f} requests a second; of a core: {shares}{each}", flush=True)


def _revise(up: Up, hours: Mapping[str, Any]) -> float:
    began = time.monotonic()
    up.api("POST", f"/v1/campaigns/{CAMPAIGN}/revise", json={"reason": "bench", "policy": {"hours": hours}})
    return time.monotonic() - began


def _posts(url: str) -> int:
    return int(httpx.get(url + "/_sandbox/summary", trust_env=False, timeout=30).json()["posts"])


def _is_ready(up: Up) -> bool:
    try:
        return httpx.get(up.url + "/health/ready", trust_env=False, timeout=10).is_success
    except httpx.HTTPError:
        return False


def _pid(up: Up) -> int:
    owner = read_owner(up.home)
    if owner is None:
        raise SystemExit("nobody owns the data folder")
    return owner.pid


def _mib(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(field))


def main(numbers: list[int]) -> None:
    """Each number of recipients, with each reason to wait."""
    for recipients in numbers or [10_000, 100_000, 1_000_000]:
        for waits in WAITS:
            folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
            try:
                measure(folder, recipients, waits)
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
