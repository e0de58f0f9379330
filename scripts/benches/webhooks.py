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
from pathlib import Path

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "change-me"  # noqa: S105 - the documentation's own example
ROUNDS = 3


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
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - the children's environment
        "PYTHONPATH": str(ROOT),
        "DIALTRAIL_PORT": "18471",
        "MINIVOICE_API_KEY": "mv_live_bench",
        "MINIVOICE_BASE_URL": "http://127.0.0.1:9",
        "MINIVOICE_WEBHOOK_SECRET": SECRET,
    }
    rates: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        floor = subprocess.Popen(
            [sys.executable, str(HERE / "floors.py"), "18472", SECRET, str(folder)], cwd=ROOT, env=environ
        )
        try:
            wait_for("http://127.0.0.1:18472/")
            for name in ("verify", "save"):
                found = load(f"http://127.0.0.1:18472/{name}", connections, seconds)
                print(f"round {turn + 1}  {name:<22} {found}", flush=True)
                rates.setdefault(name, []).append(float(str(found["per_second"])))
        finally:
            floor.terminate()
            floor.wait()
        home = folder / f"data{turn}"
        with (folder / "up.log").open("ab") as log:
            up = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", "up"],
                cwd=ROOT,
                env={**environ, "DIALTRAIL_HOME": str(home)},
                stderr=log,
                stdout=log,
            )
        try:
            wait_for("http://127.0.0.1:18471/health/live")
            found = load("http://127.0.0.1:18471/webhooks/minivoice", connections, seconds)
            print(f"round {turn + 1}  {'dialtrail up':<22} {found}", flush=True)
            rates.setdefault("dialtrail", []).append(float(str(found["per_second"])))
        finally:
            up.terminate()
            up.wait()
    median = {name: statistics.median(some) for name, some in rates.items()}
    print(f"\nmedians a second: {median}")
    print(f"of verify-and-parse only: {median['dialtrail'] / median['verify']:.2f}   (budget 0.5, aim 0.7)")
    print(f"times the library's save(): {median['dialtrail'] / median['save']:.1f}   (budget 5, aim 7)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0, int(sys.argv[2]) if len(sys.argv) > 2 else 64)
