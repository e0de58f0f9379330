"""A call's timeline and a recipient over HTTP, beside a route that does nothing and one that selects the call's rows.

    python timeline.py [EVENTS …]            by default 100,000; several sizes say what a long past costs

Calls and recipients are ever others, or (`again`) one and the same. The ledgers are made and taken away again. The calls and recipients asked for are drawn from the whole ledger. Both servers
stay up while they are asked in turn, so that a noisy machine is noisy for both; `cpu_us` is what the server computed for one
request, which depends less on who else uses the machine.
"""

import os
import random  # noqa: TID251 - seeded
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import orjson
from history import make
from servers import FLOOR_URL, ROOT, UP_URL, Up, ask, cpu_seconds, floor, up

sys.path.insert(0, str(ROOT))

from adapters.ledger import open_sqlite_ledger
from entrypoints.process import tune_gc
from projections.call_journey import journey
from projections.folded import call_of

ROUNDS = 3
SECONDS = 2.0
CONNECTIONS = 16
DRAWN = 20_000
EVENTS_OF_A_CALL = 10
CALLS_FOLDED = 200
TURNS = 30
SELECT = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
    "WHERE originator_id=? ORDER BY originator_version"
)


def draw(home: Path, chance: random.Random) -> tuple[list[str], list[str]]:
    """Paths of timelines and of recipients, each of an event anywhere in the ledger."""
    connection = sqlite3.connect(f"{(home / 'ledger.db').as_uri()}?mode=ro", uri=True)
    ((last,),) = connection.execute("SELECT max(rowid) FROM stored_events")
    timelines: list[str] = []
    people: list[str] = []
    while min(len(timelines), len(people)) < min(DRAWN, last):
        position = chance.randint(1, last)
        ((stream, name, state),) = connection.execute(
            "SELECT originator_id, topic, state FROM stored_events WHERE rowid=?", (position,)
        )
        if stream.startswith("call:"):
            timelines.append(f"/v1/calls/{quote(stream.removeprefix('call:'), safe='')}/timeline")
        elif name == "recipient.enrolled":
            said = orjson.loads(state)["event"]
            people.append(f"/v1/campaigns/{said['campaign_id']}/recipients/{quote(said['number'], safe='')}")
    connection.close()
    return timelines, people


def over_http(home: Path, events: int, floor_paths: Path) -> None:
    """The medians of some rounds, and their share of the floor's."""
    timelines, people = draw(home, random.Random(events))  # noqa: S311
    rows = [f"/rows/{path.split('/')[3]}" for path in timelines]
    asked = {"nothing": (FLOOR_URL, floor_paths)}
    for name, url, paths in (
        ("rows", FLOOR_URL, rows),
        ("timeline", UP_URL, timelines),
        ("timeline again", UP_URL, timelines[:1]),
        ("recipient", UP_URL, people),
        ("recipient again", UP_URL, people[:1]),
    ):
        file = home.parent / f"{name}.paths"
        file.write_text("\n".join(paths))
        asked[name] = (url, file)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in asked}
    with floor(home.parent, home / "ledger.db") as floor_pid, up(home) as server:
        pids = {FLOOR_URL: floor_pid, UP_URL: server.pid}
        print(f"{events:>9} events: ready, {server.memory_mib():.0f} MiB at most", flush=True)
        _settle(server)
        for _ in range(ROUNDS):
            for name, (url, file) in asked.items():
                before = cpu_seconds(pids[url])
                one = ask(url, CONNECTIONS, SECONDS, file)
                statuses = one.pop("statuses")
                if set(statuses) != {"200"}:
                    raise SystemExit(f"{name}: not every answer was 200")
                one["cpu_us"] = round((cpu_seconds(pids[url]) - before) / statuses["200"] * 1e6)
                found[name].append(one)
    for name, rounds in found.items():
        middle = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
        shares = ", ".join(_share(rounds, found[least], least) for least in ("nothing", "rows"))
        print(f"{events:>9} events  {name:<15} {middle}  {shares}", flush=True)
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)


def _share(rounds: list[dict[str, float]], floor_rounds: list[dict[str, float]], floor_name: str) -> str:
    """What it reaches of a floor, by requests a second and by what one costs the server's processor."""
    pairs = list(zip(rounds, floor_rounds, strict=True))
    rate = statistics.median(one["per_second"] / least["per_second"] for one, least in pairs)
    cheap = statistics.median(least["cpu_us"] / one["cpu_us"] for one, least in pairs)
    return f"{rate:.2f} of {floor_name} (by processor time {cheap:.2f})"


def _settle(server: Up) -> None:
    """Until it has nothing more to do by itself."""
    for _ in range(60):
        before = cpu_seconds(server.pid)
        time.sleep(1)
        if cpu_seconds(server.pid) - before < 0.05:
            return
    print("it is still busy with itself", flush=True)


def in_process(home: Path) -> None:
    """A call of ten events: its raw rows, its state and its journey, in this process."""
    raw = sqlite3.connect(f"{(home / 'ledger.db').as_uri()}?mode=ro", uri=True, isolation_level=None)
    streams = [
        stream
        for (stream,) in raw.execute(
            "SELECT originator_id FROM stored_events WHERE originator_id LIKE 'call:%' "
            "GROUP BY originator_id HAVING count(*)=? ORDER BY rowid DESC LIMIT ?",
            (EVENTS_OF_A_CALL, CALLS_FOLDED),
        )
    ]
    ledger = open_sqlite_ledger(
        home,
        clock=lambda: datetime.now(UTC),  # noqa: TID251
        new_event_id=lambda: secrets.token_hex(16),
        new_key=secrets.token_bytes,
    )
    try:
        ways: dict[str, Callable[[str], object]] = {
            "raw SELECT": lambda stream: raw.execute(SELECT, (stream,)).fetchall(),
            "folded": lambda stream: call_of(ledger.read_stream(stream)),
            "journey": lambda stream: journey(stream, ledger.read_stream(stream)),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        tune_gc()
        for _ in range(TURNS):
            for name, way in ways.items():
                began = time.thread_time()
                for stream in streams:
                    way(stream)
                took[name].append((time.thread_time() - began) / len(streams))
        least = statistics.median(took["raw SELECT"])
        for name, some in took.items():
            middle = statistics.median(some)
            print(f"{len(streams)} calls of ten events  {name:<10} {middle * 1e6:6.1f} µs  {middle / least:.1f} times")
        print(f"processor time; load average {os.getloadavg()[0]:.1f}")
    finally:
        ledger.close()
        raw.close()


def main(sizes: list[int]) -> None:
    """One size after the other."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        nothing = folder / "nothing.paths"
        nothing.write_text("\n".join(f"/nothing/call_{n}" for n in range(1_000)))
        for events in sizes:
            home = folder / f"data{events}"
            make(home, events)
            over_http(home, events, nothing)
            if events >= 100_000:
                in_process(home)
            shutil.rmtree(home)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [100_000])
