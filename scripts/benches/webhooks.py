"""Webhooks acknowledged a second, beside a route that only verifies and parses, and beside the library's save().

    python webhooks.py [SECONDS] [CONNECTIONS]

The servers run one after the other, several rounds, so that a noisy machine is noisy for all.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "change-me"  # noqa: S105 - the documentation's own example
ROUNDS = 3
UP, FLOORS = "http://127.0.0.1:18471", "http://127.0.0.1:18472"
ENVIRON = {
    "PATH": os.environ["PATH"],  # noqa: TID251 - the children's environment
    "PYTHONPATH": str(ROOT),
    "DIALTRAIL_PORT": UP.rpartition(":")[2],
    "MINIVOICE_API_KEY": "mv_live_bench",
    "MINIVOICE_BASE_URL": "http://127.0.0.1:9",
    "MINIVOICE_WEBHOOK_SECRET": SECRET,
}


def load(url: str, connections: int, seconds: float) -> dict[str, object]:
    """One round of load on one address."""
    done = subprocess.run(
        [sys.executable, str(HERE / "load.py"), url, SECRET, str(connections), str(seconds)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def wait_for(url: str) -> None:
    """Until somebody listens."""
    for _ in range(200):
        try:
            httpx.get(url, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing listens at {url}")


def main(seconds: float, connections: int) -> None:
    """Print a table, and the two ratios of the budget."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    rates: dict[str, list[float]] = {}
    for turn in range(1, ROUNDS + 1):
        with running(folder, "floors.log", [str(HERE / "floors.py"), "18472", SECRET, str(folder)]):
            wait_for(f"{FLOORS}/")
            for name in ("verify", "save"):
                rates.setdefault(name, []).append(rate(turn, name, f"{FLOORS}/{name}", connections, seconds))
        with running(folder, "up.log", ["-m", "entrypoints.cli", "up"], DIALTRAIL_HOME=str(folder / f"data{turn}")):
            wait_for(f"{UP}/health/live")
            got = rate(turn, "dialtrail up", f"{UP}/webhooks/minivoice", connections, seconds)
            rates.setdefault("dialtrail", []).append(got)
    median = {name: statistics.median(some) for name, some in rates.items()}
    print(f"\nmedians a second: {median}")
    print(f"of verify-and-parse only: {median['dialtrail'] / median['verify']:.2f}   (budget 0.5, aim 0.7)")
    print(f"times the library's save(): {median['dialtrail'] / median['save']:.1f}   (budget 5, aim 7)")


@contextmanager
def running(folder: Path, log: str, words: list[str], **more: str) -> Iterator[None]:
    """A Python process with these words, until the block ends; what it says goes into a file of the folder."""
    with (folder / log).open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env={**ENVIRON, **more}, stderr=file, stdout=file
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def rate(turn: int, name: str, url: str, connections: int, seconds: float) -> float:
    """How many a second one round of load on an address was."""
    found = load(url, connections, seconds)
    print(f"round {turn}  {name:<22} {found}", flush=True)
    return float(str(found["per_second"]))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0, int(sys.argv[2]) if len(sys.argv) > 2 else 64)
