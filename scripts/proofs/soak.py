"""A long run: webhooks without end, calls being placed, people reading, and readers that do not end.

`up` and a sandbox that plays MiniVoice, on one data folder. Each minute is a line of `minutes.jsonl` in the folder: how
many webhooks, what they waited, processor time an event and memory of `up` and of the views' process, sizes of the files,
the machine's load. One reader follows `/v1/stream` all the time; in one minute of ten another program holds a transaction
open. A run that was broken off goes on in the same folder. At the end it says whether memory, processor time and waits
stayed flat, whether what is written ahead of the files stayed bounded, and what is in the files.

.venv/bin/python scripts/proofs/soak.py FOLDER [--minutes 60 | --webhooks 5000000] [--minute-seconds 60]
                                               [--a-second 0 (as fast as they go)] [--recipients-a-minute 1200]
"""

import argparse
import asyncio
import itertools
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts" / "benches"))

from load import delivery, drive  # noqa: E402

from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process  # noqa: E402

CONNECTIONS = 16
WORKERS_MAX = 100
PATH = "/webhooks/minivoice"
DELIVER = "deliver"
RECIPIENTS_A_MINUTE = 1_200
LIMITS = {"calls_per_second": 20, "calls_at_once": 200}
LONG_READ_EVERY, LONG_READ_OFFSET = 10, 1
"""In one minute of ten a reader holds its transaction open for all of it."""
READ = ("/", "/campaigns", "/calls", "/v1/calls?limit=100", "/v1/figures", "/metrics")
READ_PAUSE_SECONDS = 0.5
GROWTH_MAX = 1.25
"""The median of the last third against that of the one before; the first third warms up."""
MINUTES_FOR_TREND = 15
TREND = {
    "p50": lambda one: one["p50_ms"],
    "p99": lambda one: one["p99_ms"],
    "memory of up": lambda one: one["memory_mib"]["up"],
    "memory of the views' process": lambda one: one["memory_mib"].get("child 1", 0),
    "processor time an event": lambda one: one["processor_ms_an_event"],
}
STREAM_SECONDS = 0.5
FILES = ("ledger.db", "ledger.db-wal", "views.db", "views.db-wal", "outbox.db")
PAGE_KINDS = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 8"


class Rate(NamedTuple):
    """What a minute holds: its length, deliveries a second (0: as fast as they go), and people to be called."""

    seconds: float
    a_second: float
    recipients: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--webhooks", type=int)
    parser.add_argument("--minute-seconds", type=float, default=60.0)
    parser.add_argument("--a-second", type=float, default=0.0)
    parser.add_argument("--recipients-a-minute", type=int, default=RECIPIENTS_A_MINUTE)
    given = parser.parse_args()
    rate = Rate(given.minute_seconds, given.a_second, int(given.recipients_a_minute * given.minute_seconds / 60))
    most = given.minutes or (10**9 if given.webhooks else 60)
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "minutes.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    port = free_port()
    options = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    with (
        sandbox_process(given.folder, *options, "--talk-seconds", "1:5") as (url, _),
        Up(given.folder, url, port, DIALTRAIL_API_REQUESTS_PER_SECOND="0") as up,
    ):
        over = threading.Event()
        follower = threading.Thread(target=follow, args=(up, over))
        follower.start()
        while len(lines) < most and (not given.webhooks or stored(lines) < given.webhooks):
            lines.append(minute(up, len(lines), rate))
            with kept.open("a") as file:
                file.write(json.dumps(lines[-1]) + "\n")
            print(json.dumps(lines[-1]), flush=True)
        over.set()
        follower.join()
        code = up.stop()
    print(json.dumps({"ended with": code, "in the files": contents(given.folder / "data")}))
    faults = judged(lines) + ([] if code == 0 else [f"up ended with {code}"])
    print("\n".join(faults) or f"flat: {len(lines)} minutes, {stored(lines)} webhooks")
    return 1 if faults else 0


def minute(up: Up, number: int, rate: Rate) -> dict[str, Any]:
    """One minute of everything; what was measured in it."""
    before, over, spent_before = position(up), threading.Event(), spent(up.pid)
    # The position makes it a name, and deliveries, that no broken-off minute had.
    campaign = f"soak-{number}-{before}"
    up.api("POST", "/v1/campaigns", json={"id": campaign, "from": "+15551230001", "limits": LIMITS})
    people = [{"number": f"+1555{number % 100:02d}{place:05d}"} for place in range(rate.recipients)]
    up.api("POST", f"/v1/campaigns/{campaign}/recipients", json={"import": campaign, "recipients": people})
    up.api("POST", f"/v1/campaigns/{campaign}/start")
    is_held = number % LONG_READ_EVERY == LONG_READ_OFFSET
    waits: list[float] = []
    others = [threading.Thread(target=read, args=(up.url, over, waits))]
    if is_held:
        others.append(threading.Thread(target=hold, args=(up.home / "ledger.db", over)))
    for one in others:
        one.start()
    about = [str(rate.seconds), str(rate.a_second), str(before * WORKERS_MAX)]
    command = [sys.executable, __file__, DELIVER, up.url, *about]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    wal_at_most = size(up.home / "ledger.db-wal")
    over.set()
    for one in others:
        one.join()
    found, events = json.loads(done.stdout), position(up) - before
    return {
        "minute": number,
        "webhooks": found["statuses"],
        "p50_ms": found["p50_ms"],
        "p99_ms": found["p99_ms"],
        "read_p99_ms": round(sorted(waits)[int(len(waits) * 0.99)] * 1000) if waits else None,
        "events": events,
        "processor_ms_an_event": round((spent(up.pid) - spent_before) * 1000 / max(events, 1), 3),
        "load": round(os.getloadavg()[0], 1),
        "memory_mib": memory(up.pid),
        "reader_held": is_held,
        "wal_mib_before_it_ended": round(wal_at_most / 1024**2, 1),
        "mib": {name: round(size(up.home / name) / 1024**2, 1) for name in FILES},
    }


async def deliver(url: str, seconds: float, a_second: float, first: int) -> None:
    """Deliveries that are all different, made as they are sent; a process of its own."""

    def of(worker: int) -> Iterator[bytes]:
        for number in itertools.count():
            yield delivery(first + worker, number, WEBHOOK_SECRET.encode(), PATH)

    await drive(f"{url}{PATH}", [of(worker) for worker in range(CONNECTIONS)], seconds, a_second)


def read(url: str, over: threading.Event, waits: list[float]) -> None:
    """Somebody who looks at one page after the other."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        while not over.wait(READ_PAUSE_SECONDS):
            for path in READ:
                began = time.monotonic()
                client.get(path).raise_for_status()
                waits.append(time.monotonic() - began)


def follow(up: Up, over: threading.Event) -> None:
    """A reader of ours that never ends: the ledger's feed."""
    after = position(up)
    with httpx.Client(base_url=up.url, trust_env=False, timeout=STREAM_SECONDS) as client:
        while not over.is_set():
            try:
                with client.stream("GET", "/v1/stream", params={"after": after}) as answer:
                    for line in answer.iter_lines():
                        if line.startswith("id: "):
                            after = int(line.removeprefix("id: "))
                        if over.is_set():
                            return
            except httpx.TimeoutException:
                continue


def hold(ledger: Path, over: threading.Event) -> None:
    """Another program that began to read, and does not end."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        over.wait()


def position(up: Up) -> int:
    """How far the ledger is."""
    text = httpx.get(f"{up.url}/metrics", trust_env=False, timeout=60).text
    return next(
        int(float(line.split()[1])) for line in text.splitlines() if line.startswith("dialtrail_ledger_position ")
    )


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]


def memory(pid: int) -> dict[str, float]:
    """What `up` and each process that it started have resident."""
    found = {}
    for name, one in [("up", pid), *((f"child {place}", child) for place, child in enumerate(children(pid), 1))]:
        lines = Path(f"/proc/{one}/status").read_text().splitlines()
        found[name] = next(round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmRSS"))
    return found


def spent(pid: int) -> float:
    """Seconds of the processor that `up` and the processes that it started have used."""
    ticks = 0
    for one in (pid, *children(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def size(path: Path) -> int:
    """In bytes; 0 where it is not there."""
    return path.stat().st_size if path.exists() else 0


def stored(lines: list[dict[str, Any]]) -> int:
    """Webhooks that were acknowledged."""
    return sum(line["webhooks"].get("204", 0) for line in lines)


def contents(home: Path) -> dict[str, dict[str, float]]:
    """What takes the room in the two large files: MiB by table and index."""
    found = {}
    for name in ("ledger.db", "views.db"):
        with closing(sqlite3.connect(f"file:{home / name}?mode=ro", uri=True)) as connection:
            try:
                rows = connection.execute(PAGE_KINDS).fetchall()
            except sqlite3.OperationalError:  # this SQLite has no dbstat
                rows = [("all", size(home / name))]
        found[name] = {table: round(bytes_ / 1024**2, 2) for table, bytes_ in rows}
    return found


def judged(lines: list[dict[str, Any]]) -> list[str]:
    """What was not as it has to be."""
    faults = [f"minute {one['minute']}: {one['webhooks']}" for one in lines if set(one["webhooks"]) != {"204"}]
    free = [one for one in lines if not one["reader_held"]]
    if len(free) < MINUTES_FOR_TREND:
        return faults
    third = len(free) // 3
    parts = (free[third : 2 * third], free[2 * third :])
    loads = [statistics.median(one["load"] for one in part) for part in parts]
    for what, of in TREND.items():
        earlier, later = (statistics.median(map(of, part)) for part in parts)
        if later > earlier * GROWTH_MAX:
            faults.append(f"{what} grew from {earlier:g} to {later:g} (load {loads[0]:g} and {loads[1]:g})")
    bound = max(one["mib"]["ledger.db-wal"] for one in free[:third])
    after = max(one["mib"]["ledger.db-wal"] for one in free[third:])
    return faults + ([f"the WAL grew from {bound} to {after} MiB"] if after > max(bound, 64) * GROWTH_MAX else [])


if __name__ == "__main__":
    if sys.argv[1:2] == [DELIVER]:
        asyncio.run(deliver(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))
    else:
        sys.exit(main())
