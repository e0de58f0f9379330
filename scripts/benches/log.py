"""What the verifiable log costs the taking in of webhooks: `dialtrail up` with it and without it, in turns.

    python log.py [SECONDS] [CONNECTIONS] [ROUNDS]

A closed loop, as in the bench `webhooks`; each with and without an acceptor. And what the log takes on the disk.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from load import mixed  # noqa: E402
from servers import SECRET, UP_URL, Up, cpu_seconds, processes, wait_until  # noqa: E402
from webhooks import PREPARED_A_SECOND, closed, requests_in  # noqa: E402

URL = UP_URL + "/webhooks/minivoice"
PROGRAMS = {"with the log": ("-m", "entrypoints.cli"), "without it": (str(HERE / "up_without_log.py"),)}
ACCEPTORS = ("0", "1")


def measured(home: Path, name: str, acceptors: str, folder: Path, connections: int, seconds: float) -> dict[str, Any]:
    """One round: deliveries a second, and the processor's time for one."""
    up = Up(home, program=PROGRAMS[name], DIALTRAIL_ACCEPTORS=acceptors)
    try:
        wait_until("dialtrail up is ready", up.is_ready)
        before = {one: cpu_seconds(one) for one in processes(up.pid)}
        found = closed(URL, folder, connections, seconds)
        used = {words: cpu_seconds(one) - before.get(one, 0.0) for one, words in processes(up.pid).items()}
    finally:
        up.stop()
    found["cpu_us"] = {words: round(1e6 * each / max(1, found["answered"])) for words, each in used.items()}
    found["per_second"] = found["answered"] / found["seconds"]
    print(
        f"{name:<13} {acceptors} acceptors {found['per_second']:>7.0f} a second   p50, p99: {found['p50_ms']:.1f}, "
        f"{found['p99_ms']:.1f} ms   processor µs a delivery: {found['cpu_us']}",
        flush=True,
    )
    return found


def main(seconds: float, connections: int, rounds: int) -> None:
    """Print a line a round, and the medians' ratios."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        with requests_in(folder, URL).open("wb") as file:
            for one in mixed(0, int(seconds * PREPARED_A_SECOND), SECRET.encode(), "/webhooks/minivoice"):
                file.write(b"%d\n%s" % (len(one), one))
        for acceptors in ACCEPTORS:
            found: dict[str, list[dict[str, Any]]] = {name: [] for name in PROGRAMS}
            for turn in range(rounds):
                for name in PROGRAMS if turn % 2 else reversed(PROGRAMS):
                    home = folder / f"{name.replace(' ', '-')}-{acceptors}-{turn}"
                    found[name].append(measured(home, name, acceptors, folder, connections, seconds))
            show(found, acceptors)
        kept = {file.name: file.stat().st_size for file in home.glob("*.db")}
        print(f"on the disk, bytes: {kept}")
    finally:
        shutil.rmtree(folder)


def show(found: dict[str, list[dict[str, Any]]], acceptors: str) -> None:
    """With it, of what is reached without it."""
    rate = {name: statistics.median(one["per_second"] for one in some) for name, some in found.items()}
    cpu = {name: statistics.median(sum(one["cpu_us"].values()) for one in some) for name, some in found.items()}
    with_it, without = PROGRAMS
    print(
        f"{acceptors} acceptors: {rate[with_it] / rate[without]:.3f} of the deliveries a second, "
        f"{cpu[with_it] / cpu[without]:.3f} of the processor's time a delivery (budget: 0.95 of the deliveries)"
    )


if __name__ == "__main__":
    seconds, connections, rounds = [*sys.argv[1:], *("4", "64", "5")[len(sys.argv) - 1 :]]
    main(float(seconds), int(connections), int(rounds))
