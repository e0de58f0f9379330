"""What many people cost who are not called just now: `status`, a campaign that waits for its hours, and memory while one dials.

    python people.py [--gaps 300000] [--enrolled 1000000] [--seconds 20]      0 leaves one of them out

The floors are a campaign without people, and the same `up` before anybody is to be called. Of those in gaps everybody was tried once, and waits a day for the next try. Those enrolled are first held by hours that are
closed in each of their eight zones, then dialled at 300 calls a second against the sandbox.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from history import campaign_of, make  # noqa: E402
from servers import cpu_seconds, wait_until  # noqa: E402
from starting import DAYS, ZONES  # noqa: E402

from domain.policy import Policy, Retry  # noqa: E402
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process  # noqa: E402

CAMPAIGN = campaign_of(0, 1)
GAP_SECONDS = 86_400
IN_GAPS = Policy(
    attempts_max=3, attempt_gap_seconds=GAP_SECONDS, retry={"originate_failed": Retry(after_seconds=GAP_SECONDS)}
)
ASKED = 20
SETTLED_SECONDS = 3.0
EMPTY = "empty"
"""A campaign that nobody is enrolled in."""
MIB = 1024


def processes(pid: int) -> dict[int, str]:
    """A process and all below it, by what each was started as."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    found = {pid: command[2]}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found |= processes(int(child))
    return found


def memory(pid: int) -> dict[str, float]:
    """The proportional share (MiB) of each process that belongs to one."""
    found = {}
    for one, name in processes(pid).items():
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        found[f"{name} {one}"] = next(int(line.split()[1]) / MIB for line in lines if line.startswith("Pss:"))
    return found


def computed(pid: int) -> dict[str, float]:
    """The seconds that each process that belongs to one has computed so far."""
    return {f"{name} {one}": cpu_seconds(one) for one, name in processes(pid).items()}


@contextmanager
def installation(**more: Any) -> Iterator[tuple[Up, str]]:
    """`up` on such a past, and the sandbox beside it; its address."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        began = time.monotonic()
        events = make(folder / "data", enrolled_only=True, zones=ZONES, began=datetime.now(UTC), **more)  # noqa: TID251
        print(f"{events:,} events made in {time.monotonic() - began:.0f} s", flush=True)
        port = free_port()
        options = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
        life = ["--ring-seconds", "0.1:0.3", "--talk-seconds", "0.1:0.3", "--gather-rate", "0"]
        with (
            sandbox_process(folder, *options, *life) as (url, _),
            Up(folder, url, port, DIALTRAIL_API_REQUESTS_PER_SECOND="0") as up,
        ):
            took = wait_until("it is ready", lambda: is_ready(up))
            print(f"views made in {took:.0f} s", flush=True)
            up.stop()  # what making them took of memory is another figure
            up.start()
            wait_until("it is ready", lambda: is_ready(up))
            yield up, url
            up.stop()
    finally:
        shutil.rmtree(folder)


def is_ready(up: Up) -> bool:
    """Whether every part says that it is."""
    try:
        return httpx.get(up.url + "/health/ready", trust_env=False, timeout=10).is_success
    except httpx.HTTPError:
        return False


def status(people: int) -> None:
    """What it takes to tell how far a campaign is whose people are all in gaps; the floor is one without people."""
    print(f"status of a campaign with {people:,} in gaps", flush=True)
    with installation(events=people, in_gap=people, policy=IN_GAPS) as (up, _):
        plan = {"id": EMPTY, "from": "+15559870000", "limits": {"calls_per_second": 1}}
        up.api("POST", "/v1/campaigns", json=plan)
        spent = {}
        for _ in range(3):
            for name in (EMPTY, CAMPAIGN):
                before, began = cpu_seconds(up.pid), time.monotonic()
                for _ in range(ASKED):
                    up.api("GET", f"/v1/campaigns/{name}")
                took = (time.monotonic() - began) / ASKED, (cpu_seconds(up.pid) - before) / ASKED
                spent[name] = min(spent.get(name, took), took)
        for name, (wall, cpu) in spent.items():
            print(f"  {name}: {wall * 1e3:.1f} ms, of which {cpu * 1e3:.1f} ms computed")


def held_and_dialling(people: int, seconds: float) -> None:
    """What a campaign takes that waits for its hours, and what memory it takes once they are open."""
    print(f"{people:,} enrolled", flush=True)
    with installation(events=people) as (up, url):
        shares("nobody is to be called", up, seconds)
        another_day = datetime.now(UTC) + timedelta(days=2)  # noqa: TID251 - the clock of the bench
        revise(up, {DAYS[another_day.weekday()]: ["09:00-09:01"]})
        up.api("POST", f"/v1/campaigns/{CAMPAIGN}/start")
        shares("all held by hours", up, seconds)
        show_memory("held", memory(up.pid))
        revise(up, {"every_day": ["00:00-24:00"]})
        most: dict[str, float] = {}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(1)
            now = memory(up.pid)
            most = max(most, now, key=lambda one: sum(one.values()))
        posts = httpx.get(url + "/_sandbox/summary", trust_env=False, timeout=30).json()["posts"]
        show_memory(f"dialling, {posts / seconds:.0f} calls/s, at most", most)


def show_memory(what: str, found: dict[str, float]) -> None:
    """Of all together, and of each."""
    print(
        f"  {what}: {sum(found.values()):.0f} MiB ({', '.join(f'{n} {m:.0f}' for n, m in found.items())})", flush=True
    )


def shares(what: str, up: Up, seconds: float) -> None:
    """How much of a core each process takes, a little later."""
    time.sleep(SETTLED_SECONDS)
    before, began = computed(up.pid), time.monotonic()
    time.sleep(seconds)
    took, after = time.monotonic() - began, computed(up.pid)
    each = {name: 100 * (after[name] - before[name]) / took for name in before}
    print(
        f"  {what}: {sum(each.values()):.1f} % of a core ({', '.join(f'{n} {s:.1f}' for n, s in each.items())})",
        flush=True,
    )


def revise(up: Up, hours: dict[str, Any]) -> None:
    """Give the campaign other hours."""
    up.api("POST", f"/v1/campaigns/{CAMPAIGN}/revise", json={"reason": "bench", "policy": {"hours": hours}})


def main() -> None:
    """All of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gaps", type=int, default=300_000)
    parser.add_argument("--enrolled", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    if given.gaps:
        status(given.gaps)
    if given.enrolled:
        held_and_dialling(given.enrolled, given.seconds)


if __name__ == "__main__":
    main()
