"""How fast and how evenly the dialer dials: the sandbox's own log of arrivals, at a few limits.

python dialer.py [CALLS_PER_SECOND …]
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until  # noqa: E402

SECONDS = 12
WARM_SECONDS = 2.0


def most_in_any_second(arrived: list[float]) -> int:
    """The most of these instants, in order, in any half-open window of one second."""
    most, first = 0, 0
    for last, at in enumerate(arrived):
        while arrived[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def measure(per_second: int) -> None:
    """Run one campaign, and say what the provider saw."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    port = free_port()
    count = per_second * SECONDS
    with sandbox_process(
        folder,
        "--webhook-url",
        f"http://127.0.0.1:{port}/webhooks/minivoice",
        "--webhook-secret",
        WEBHOOK_SECRET,
        "--ring-seconds",
        "0.1:0.3",
        "--talk-seconds",
        "0.1:0.3",
        "--gather-rate",
        "0",
    ) as (url, log):
        up = Up(folder, url, port)
        up.start()
        limits = {"calls_per_second": per_second, "calls_at_once": 10_000}
        up.api("POST", "/v1/campaigns", json={"id": "bench", "from": "+15551230001", "limits": limits})
        for at in range(0, count, 2_000):
            rows = [{"number": f"+1555{n:07}"} for n in range(at, min(at + 2_000, count))]
            up.api("POST", "/v1/campaigns/bench/recipients", json={"recipients": rows})
        up.api("POST", "/v1/campaigns/bench/start")
        began = time.monotonic()
        until(
            "all are dialled",
            lambda: httpx.get(url + "/_sandbox/summary", trust_env=False).json()["posts"] >= count,
            SECONDS * 4,
        )
        took = time.monotonic() - began
        up.stop()
        arrived = sorted(
            int(line["monotonic_ns"]) / 1e9 for line in log_lines(log, "arrived") if line["method"] == "POST"
        )
    steady = [at for at in arrived if at > arrived[0] + WARM_SECONDS]
    rate = (len(steady) - 1) / (steady[-1] - steady[0]) if len(steady) > 1 else 0.0
    print(
        json.dumps(
            {
                "limit": per_second,
                "requests": len(arrived),
                "seconds": round(took, 1),
                "steady_per_second": round(rate, 2),
                "most_in_any_second": most_in_any_second(arrived),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    for limit in [int(text) for text in sys.argv[1:]] or [1, 30, 300]:
        measure(limit)
