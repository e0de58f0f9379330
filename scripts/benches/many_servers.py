"""Webhooks acknowledged a second by 1, 2 and 4 `serve` processes on one PostgreSQL, with `project` beside them.

    python many_servers.py [SECONDS] [ROUNDS] [CONNECTIONS]

Floors of the same run: one connection that inserts rows of the same size, as many a commit as there are connections, and the
route of `up` on SQLite. The load comes from one process, whose connections go to the servers in turn.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE)]

from append import PostgresFloor, Stored  # noqa: E402
from servers import ENVIRON, SECRET, answers, wait_until  # noqa: E402

from adapters.ledger import open_reader  # noqa: E402
from tests.adapters.ledger.postgres_server import Server, running  # noqa: E402

PORT = 18_480
SERVERS = (1, 2, 4)
START_SECONDS_MAX = 120.0
SERVES = "/health/live"
RAW = "raw grouped insert"


@contextmanager
def part(folder: Path, role: str, port: int, **more: str) -> Iterator[str]:
    """One process of Dialtrail; its address."""
    with (folder / f"{role}-{port}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints.cli", role],
            cwd=ROOT,
            env={**ENVIRON, "DIALTRAIL_PORT": str(port), "DIALTRAIL_HOME": str(folder / f"{role}-{port}"), **more},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        if role != "project":
            wait_until(f"{role} answers", lambda: answers(url + SERVES), START_SECONDS_MAX)
        yield url
    finally:
        process.terminate()
        process.wait()


def deliver(urls: Sequence[str], connections: int, seconds: float) -> dict[str, Any]:
    """One round of deliveries, to the servers in turn."""
    targets = ",".join(f"{url}/webhooks/minivoice" for url in urls)
    words = [sys.executable, str(HERE / "load.py"), targets, SECRET, str(connections), str(seconds)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def served(folder: Path, url: str, servers: int, connections: int, seconds: float) -> dict[str, Any]:
    """What so many servers on one database acknowledge."""
    with ExitStack() as stack:
        stack.enter_context(part(folder, "project", PORT + 9, DIALTRAIL_DATABASE_URL=url))
        urls = [
            stack.enter_context(part(folder, "serve", PORT + n, DIALTRAIL_DATABASE_URL=url)) for n in range(servers)
        ]
        return deliver(urls, connections, seconds)


def inserted(server: Server, url: str, a_commit: int, seconds: float) -> float:
    """Rows a second that one connection inserts, with states that are there."""
    reader = open_reader(Path(), url)
    states = [(one.name, b"x" * 1_900) for one in reader.read_feed(0, a_commit)]
    reader.close()
    floor, rows, began = PostgresFloor(server.new_database()), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        some: list[Stored] = [(f"call:{rows + n}", 1, name, state) for n, (name, state) in enumerate(states)]
        floor.insert(some)
        rows += len(some)
    return rows / (time.perf_counter() - began)


def main(seconds: float, rounds: int, connections: int) -> None:
    """Rounds of all, then their medians."""
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as name, running() as server:
        for turn in range(rounds):
            folder = Path(name) / str(turn)
            folder.mkdir()
            with part(folder, "up", PORT) as url:
                _note(rates, "up on SQLite", deliver([url], connections, seconds))
            databases = {servers: server.new_database() for servers in SERVERS}
            for servers, database in databases.items():
                _note(rates, f"serve x {servers}", served(folder, database, servers, connections, seconds))
            raw = inserted(server, databases[1], connections, seconds)
            rates.setdefault(RAW, []).append(raw)
            print(f"{RAW}, {connections} a commit: {raw:,.0f}", flush=True)
    middle = {what: median(some) for what, some in rates.items()}
    for servers in SERVERS:
        rate = middle[f"serve x {servers}"]
        raw, sqlite = rate / middle[RAW], rate / middle["up on SQLite"]
        print(f"serve x {servers}: {rate:,.0f} a second, {raw:.2f} of a raw grouped insert, {sqlite:.2f} of SQLite")
    print("budgets: one server 0.7 of the SQLite route, two more than one")


def _note(rates: dict[str, list[float]], what: str, found: dict[str, Any]) -> None:
    print(f"{what:<14} {found}", flush=True)
    rates.setdefault(what, []).append(found["per_second"])


if __name__ == "__main__":
    first, second, third = [*sys.argv[1:], *("3", "2", "64")[len(sys.argv) - 1 :]]
    main(float(first), int(second), int(third))
