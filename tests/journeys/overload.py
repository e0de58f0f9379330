"""More than there is room for: `dialtrail up` on a folder, twice its capacity, an hour's deliveries at once, a storm of readers.

Each scene says how long deliveries waited from their planned moments, what was refused and how, how much memory the
processes had at most, and how long it took until all was as before. Afterwards each that was acknowledged must be in the
ledger.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from adapters.ledger import open_reader
from scripts.proofs.soak import memory, position
from tests.journeys.arrivals import PATH, Arrived, as_answered, aside, known_as, scheduled
from tests.journeys.processes import Up, free_port, until

NOWHERE = "http://127.0.0.1:9"
CONNECTIONS, CONNECTIONS_MAX = 32, 400
"""Of those who wait for answers, and of a schedule; more than 500 from one address are turned away."""
CROWD = 1_500
FULL_CROWD, STILL_SECONDS = 6_000, 35.0
"""More than the 4,096 that may wait to be written, and longer than the 10 s for which the writer waits for its lock."""
STORM_READERS = 64
"""All from one caller, who may have 8 streams."""
PROBES, PROBES_A_SECOND = 10, 20.0
RECOVERY_SECONDS_MAX = 300.0
MEMORY_MIB_MAX = 640.0
"""Of `up` and its processes: what they keep at hand is full after some 250,000 deliveries, with 500 to 525 MiB."""
LOOK_SECONDS = 0.25
EVENTS_A_READ = 5_000
WORKERS_A_SCENE = 10_000


class Scene:
    """A running `up`, and what came of each part so far."""

    def __init__(self, up: Up, asking: ProcessPoolExecutor) -> None:
        self.up = up
        self._asking = asking
        self.parts: dict[str, dict[str, Any]] = {}
        self.acknowledged: list[tuple[int, int]] = []
        self.broken: list[str] = []
        self._worker = 0

    def play(self, name: str, ask: Callable[..., Arrived], *given: Any) -> Arrived:
        """One part: deliveries asked by another process while the memory is looked at, then the time until all is as before."""
        self._worker += WORKERS_A_SCENE
        with _looked_at(self.up) as most:
            before = sum(memory(self.up.pid).values())
            arrived = self._asking.submit(ask, self.up.url + PATH, self._worker, *given).result()
            over = time.monotonic()
        self.acknowledged += arrived.acknowledged
        recovered = self._recovered(over)
        self.parts[name] = {
            "planned": arrived.planned,
            "acknowledged": len(arrived.acknowledged),
            "a_second": round(arrived.a_second),
            **{f"p{words}_ms": arrived.wait_ms(share) for words, share in (("50", 0.5), ("99", 0.99), ("999", 0.999))},
            "refused": arrived.refused,
            "memory_mib": [round(before), round(max(most))],
            "recovered_s": round(recovered, 1),
        }
        self.broken += [f"{name}: {one}" for one in sorted(set(arrived.unclean))[:5]]
        self.broken += [f"{name}: {max(most):.0f} MiB"] if max(most) > MEMORY_MIB_MAX else []
        return arrived

    def _recovered(self, since: float) -> float:
        """Seconds until a few more are all acknowledged, and the views are at the ledger's end."""
        deadline = since + RECOVERY_SECONDS_MAX
        while time.monotonic() < deadline:
            self._worker += 1
            probed = scheduled(self.up.url + PATH, self._worker, [n / PROBES_A_SECOND for n in range(PROBES)], PROBES)
            self.acknowledged += probed.acknowledged
            if len(probed.acknowledged) == PROBES and self._views_are_there():
                return time.monotonic() - since - PROBES / PROBES_A_SECOND
        self.broken.append(f"not as before within {RECOVERY_SECONDS_MAX:g} s")
        return RECOVERY_SECONDS_MAX

    def _views_are_there(self) -> bool:
        asked = f"{self.up.url}/v1/calls?limit=1&at_least={position(self.up)}"
        return httpx.get(asked, trust_env=False, timeout=60).status_code == 200

    def lost(self) -> list[str]:
        """Each that was acknowledged and is not in the ledger, once `up` has ended."""
        with closing(open_reader(self.up.home, None)) as reader:
            there: set[tuple[str, str]] = set()
            after = 0
            while some := reader.read_feed(after, EVENTS_A_READ):
                after = some[-1].position
                there.update((one.stream.removeprefix("call:"), one.name) for one in some)
        missing = known_as(self.acknowledged) - there
        return [f"acknowledged, and not in the ledger: {call_id} {event}" for call_id, event in sorted(missing)[:5]]


@contextmanager
def _looked_at(up: Up) -> Iterator[list[float]]:
    """What the processes have resident together, again and again, in MiB."""
    most, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            most.append(sum(memory(up.pid).values()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


@contextmanager
def _read_by(up: Up, readers: int) -> Iterator[dict[str, int]]:
    """So many who follow the ledger from its beginning, all at once; how each was answered."""
    over, told = threading.Event(), {"200": 0, "refused": 0}

    def read() -> None:
        try:
            with httpx.stream("GET", f"{up.url}/v1/stream?after=0", trust_env=False, timeout=5) as answer:
                told["200" if answer.status_code == 200 else "refused"] += 1
                if answer.status_code != 200:
                    return
                for _ in answer.iter_lines():
                    if over.is_set():
                        return
        except httpx.HTTPError:
            return

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for one in threads:
        one.start()
    try:
        yield told
    finally:
        over.set()
        for one in threads:
            one.join()


@contextmanager
def _standing_still(up: Up, seconds: float) -> Iterator[None]:
    """Nothing can be written for so long, as on a disk that hangs: another program has the ledger's write lock."""
    with closing(sqlite3.connect(up.home / "ledger.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        letting_go = threading.Timer(seconds, other.rollback)
        letting_go.start()
        try:
            yield
        finally:
            letting_go.join()


def refused(folder: Path, crowd: int = FULL_CROWD, still_seconds: float = STILL_SECONDS) -> Scene:
    """A disk that stands still for a while, and meanwhile more than may wait to be written, each on a connection of its own."""
    rooms = {f"DIALTRAIL_HTTP_CONNECTIONS_{name}": str(2 * crowd) for name in ("MAX", "PER_ADDRESS_MAX")}
    up = Up(folder, NOWHERE, free_port(), DIALTRAIL_API_REQUESTS_PER_SECOND="0", **rooms)
    with aside() as asking, up:
        scene = Scene(up, asking)
        scene.play("before", as_answered, CONNECTIONS, 1.0)
        with _standing_still(up, still_seconds):
            arrived = scene.play("a disk that stands still", scheduled, [0.0] * crowd, crowd)
        if arrived.refused.keys() != {"503"}:
            scene.broken.append(f"not refused by 503 alone: {arrived.refused}")
        code = up.stop()
    scene.broken += scene.lost() + ([] if code == 0 else [f"up ended with {code}"])
    return scene


def played(
    folder: Path, closed_seconds: float, seconds: float, burst: int, readers: int = STORM_READERS, crowd: int = CROWD
) -> Scene:
    """Capacity by those who wait for answers; twice that for so long; so many at once; a crowd of which each has a connection
    of its own; half of the capacity beside a storm of readers.
    """
    up = Up(folder, NOWHERE, free_port(), DIALTRAIL_API_REQUESTS_PER_SECOND="0")
    with aside() as asking, up:
        scene = Scene(up, asking)
        capacity = scene.play("as answered", as_answered, CONNECTIONS, closed_seconds).a_second
        twice = 2 * capacity
        scene.play("twice the capacity", scheduled, [n / twice for n in range(int(twice * seconds))], CONNECTIONS_MAX)
        scene.play("all at once", scheduled, [0.0] * burst, CONNECTIONS_MAX)
        scene.play("a crowd", scheduled, [0.0] * crowd, crowd)
        half = capacity / 2
        with _read_by(up, readers) as told:
            moments = [n / half for n in range(int(half * closed_seconds))]
            scene.play("beside a storm of readers", scheduled, moments, CONNECTIONS_MAX)
        scene.parts["beside a storm of readers"]["readers"] = dict(told)
        until("it answers", lambda: httpx.get(f"{up.url}/health/live", trust_env=False).status_code == 200, 60)
        code = up.stop()
    scene.broken += scene.lost() + ([] if code == 0 else [f"up ended with {code}"])
    return scene
