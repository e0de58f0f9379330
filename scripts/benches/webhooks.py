"""Webhooks acknowledged: by `dialtrail up` in one process and with acceptors, by a route that only verifies and parses, and by the library's save().

    python webhooks.py [SECONDS] [CONNECTIONS] [A_SECOND]

First a closed loop, in which each connection sends its next delivery when the last is answered, then an open one, in
which deliveries come at a pace whether those before are answered or not, and a wait begins when one was due. All
servers take turns in each round, so that a noisy machine is noisy for all. The load comes from wrk where it is
installed (Debian has it), else from our own client, which takes more of the processor.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from load import mixed  # noqa: E402
from servers import FLOOR_URL, ROOT, SECRET, UP_URL, Up, cpu_seconds, floor, processes, wait_until  # noqa: E402

ROUNDS = 3
PREPARED_A_SECOND = 20_000
WEBHOOKS = UP_URL + "/webhooks/minivoice"
SERVERS = {
    "verify": FLOOR_URL + "/verify",
    "save": FLOOR_URL + "/save",
    "one process": WEBHOOKS,
    "one acceptor": WEBHOOKS,
}
ACCEPTORS = {"one process": "0", "one acceptor": "1"}


def requests_in(folder: Path, url: str) -> Path:
    """The file of the requests to an address."""
    return folder / f"requests-{urlsplit(url).path.rpartition('/')[2]}"


def closed(url: str, folder: Path, connections: int, seconds: float) -> dict[str, Any]:
    """One round as fast as it goes."""
    if shutil.which("wrk") is None:
        return told([sys.executable, str(HERE / "load.py"), url, SECRET, str(connections), str(seconds)])
    return told(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds:g}s",
            "--timeout=30s",
            f"--script={HERE / 'deliveries.lua'}",
            url,
            "--",
            str(requests_in(folder, url)),
        ]
    )


def opened(url: str, connections: int, seconds: float, a_second: float) -> dict[str, Any]:
    """One round at a pace."""
    return told([sys.executable, str(HERE / "load.py"), url, SECRET, str(connections), str(seconds), str(a_second)])


def told(command: list[str]) -> dict[str, Any]:
    """The last line of what a load says."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def serving(name: str, folder: Path, turn: str) -> Iterator[int]:
    """The server of that name; its process id."""
    if name not in ACCEPTORS:
        with floor(folder) as pid:
            yield pid
        return
    started = Up(folder / f"{name.replace(' ', '-')}-{turn}", DIALTRAIL_ACCEPTORS=ACCEPTORS[name])
    try:
        wait_until("dialtrail up is ready", started.is_ready)
        yield started.pid
    finally:
        started.stop()


def measured(name: str, folder: Path, turn: str, load: Any) -> dict[str, Any]:
    """One round on one server: what the load says, and the processor's time for a delivery, of each of its processes."""
    with serving(name, folder, turn) as pid:
        before = {one: cpu_seconds(one) for one in processes(pid)}
        found: dict[str, Any] = load(SERVERS[name])
        used = {words: cpu_seconds(one) - before.get(one, 0.0) for one, words in processes(pid).items()}
    found["cpu_us"] = {words: round(1e6 * each / max(1, found["answered"])) for words, each in used.items()}
    found["per_second"] = found["answered"] / found["seconds"]
    waits = ", ".join(f"{found[part]:.1f}" for part in ("p50_ms", "p99_ms", "p999_ms"))
    print(
        f"round {turn}  {name:<13}{found['per_second']:>7.0f} a second   p50, p99, p99.9: {waits} ms   "
        f"processor µs a delivery: {found['cpu_us']}   refused {found['refused']}, lost {found['lost']}",
        flush=True,
    )
    return found


def main(seconds: float, connections: int, a_second: float) -> None:
    """Print a line a round, and the ratios of the budget."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        for url in set(SERVERS.values()):
            with requests_in(folder, url).open("wb") as file:
                for one in mixed(0, int(seconds * PREPARED_A_SECOND), SECRET.encode(), urlsplit(url).path):
                    file.write(b"%d\n%s" % (len(one), one))
        print(
            f"closed loop, {connections} connections, {'wrk' if shutil.which('wrk') else 'our own client'}; five reports a call"
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for turn in range(1, ROUNDS + 1):
            for name in SERVERS:
                one = measured(name, folder, str(turn), lambda url: closed(url, folder, connections, seconds))
                found.setdefault(name, []).append(one)
        show(found)
        print(f"open model, {a_second:g} a second, {connections} connections")
        for name in ("verify", *ACCEPTORS):
            measured(name, folder, "open", lambda url: opened(url, connections, seconds, a_second))
    finally:
        shutil.rmtree(folder)


def show(found: dict[str, list[dict[str, Any]]]) -> None:
    """The medians' ratios."""
    rate = {name: statistics.median(one["per_second"] for one in some) for name, some in found.items()}
    cpu = {name: statistics.median(sum(one["cpu_us"].values()) for one in some) for name, some in found.items()}
    for name, budget in (("one process", "0.50"), ("one acceptor", "0.70, aim 0.80")):
        print(
            f"{name}: {rate[name]:.0f} a second, {rate[name] / rate['verify']:.2f} of verify-and-parse only (budget "
            f"{budget}), {rate[name] / rate['save']:.1f} times the library's save() (budget 8); processor's time a "
            f"delivery {cpu[name]:.0f} µs, {cpu[name] / cpu['verify']:.2f} times verify-and-parse only"
        )


if __name__ == "__main__":
    seconds, connections, a_second = [*sys.argv[1:], *("3", "64", "1000")[len(sys.argv) - 1 :]]
    main(float(seconds), int(connections), float(a_second))
