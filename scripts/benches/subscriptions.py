"""Deliveries to a subscriber beside webhooks, and what a dead and a slow subscriber cost everybody else.

    python subscriptions.py [SECONDS] [WEBHOOKS_A_SECOND] [ROUNDS]

Each webhook is one event, and one delivery to each subscriber. First they come at a pace, which shows how late a delivery
is (from the event's record to the subscriber's reading of it), then as fast as they go, and then nothing comes, and what is
left is delivered. The floor, in the same run: as many bytes, signed and posted by a plain httpx client to the same receiver. What
a delivery costs of the processor says more than how many there are, where others use the machine.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from answers import finished, started
from servers import HERE, ROOT, UP_URL, answers, cpu_seconds, deliver, up, wait_until
from subscriber import RECEIVER

NOBODY = "http://127.0.0.1:18474/dead"
ROUNDS = 3
CONNECTIONS = 64
EVENTS = ["call.created", "call.answered", "call.gathered", "call.completed"]
CASES: dict[str, Sequence[tuple[str, str]]] = {
    "none": (),
    "one": (("fast", f"{RECEIVER}/fast"),),
    "one, and a dead one": (("fast", f"{RECEIVER}/fast"), ("dead", NOBODY)),
    "one, and a slow one": (("fast", f"{RECEIVER}/fast"), ("slow", f"{RECEIVER}/slow")),
}


@contextmanager
def another(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """The subscriber's side as a process of its own, with these words."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "subscriber.py"), *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def came() -> tuple[list[float], str]:
    """How late each was that has come since this was asked last, in order of that; and the last one's body."""
    told = httpx.get(f"{RECEIVER}/figures", trust_env=False, timeout=60).json()
    return sorted(told["lags"]), told["sample"]


def play(folder: Path, case: str, turn: int, seconds: float, a_second: float) -> dict[str, float]:
    """One round with these subscribers on a data folder of its own."""
    home = folder / f"{case.replace(' ', '')}{turn}"
    with up(home, DIALTRAIL_TARGETS_ALLOWED="127.0.0.1/32") as server:
        for name, url in CASES[case]:
            body = {"id": name, "url": url, "events": EVENTS}
            httpx.post(f"{UP_URL}/v1/subscriptions", json=body, trust_env=False).raise_for_status()
        came()
        finished(started("webhooks", a_second, seconds, str(turn)))
        time.sleep(1.0)
        lags, _ = came()
        found: dict[str, float] = {}
        if lags:
            found |= {"lag p50 ms": 1000 * lags[len(lags) // 2], "lag p99 ms": 1000 * lags[int(len(lags) * 0.99)]}
        found["webhooks/s"] = deliver(CONNECTIONS, seconds)["per_second"]
        if CASES[case]:
            found["deliveries/s beside"] = len(came()[0]) / seconds
            before = cpu_seconds(server.pid)
            time.sleep(seconds)
            count = len(came()[0])
            found["deliveries/s after"] = count / seconds
            found["us of the processor for each"] = 1e6 * (cpu_seconds(server.pid) - before) / max(1, count)
    return found


def main(seconds: float, a_second: float, turns: float) -> None:
    """Print the rounds and their medians."""
    rounds: dict[str, list[dict[str, float]]] = {case: [] for case in CASES}
    floors: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as folder, another("receive"):
        wait_until("the receiver answers", lambda: answers(f"{RECEIVER}/figures"))
        for turn in range(int(turns)):
            for case, known in rounds.items():
                known.append(play(Path(folder), case, turn, seconds, a_second))
                print(f"round {turn + 1}, load {os.getloadavg()[0]:.1f}  {case:<22} {_shown(known[-1])}", flush=True)
            with another("post", came()[1], str(seconds)) as posting:
                floors.append(json.loads(finished(posting)))
            print(
                f"round {turn + 1}, load {os.getloadavg()[0]:.1f}  {'the floor':<22} {_shown(floors[-1])}", flush=True
            )
    print("\nmedians")
    for case, known in {**rounds, "the floor": floors}.items():
        print(f"{case:<22} {_shown({name: statistics.median(one[name] for one in known) for name in known[0]})}")


def _shown(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f}" for name, value in figures.items())


if __name__ == "__main__":
    given = [float(text) for text in sys.argv[1:]]
    main(*given, *(4.0, 100.0, ROUNDS)[len(given) :])
