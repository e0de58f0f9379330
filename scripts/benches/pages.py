"""What each page costs with many recipients, beside a route that does nothing.

    python pages.py [EVENTS]                 by default 100,000

`cpu_ms` is what the server computed for one request; the budget is PAGE_CPU_MS_MAX, and a page above it is marked.
"""

import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import orjson
from history import campaign_of, make
from servers import FLOOR_URL, UP_URL, cpu_seconds, floor, up

PAGE_CPU_MS_MAX = 50.0
ROUNDS = 20


def pages_of(home: Path) -> list[str]:
    """Each kind of page, of the ledger's newest call and recipient."""
    connection = sqlite3.connect(f"{(home / 'ledger.db').as_uri()}?mode=ro", uri=True)
    newest = "SELECT originator_id, state FROM stored_events WHERE topic=? ORDER BY rowid DESC LIMIT 1"
    ((stream, _),) = connection.execute(newest, ("call.completed",))
    ((_, enrolled),) = connection.execute(newest, ("recipient.enrolled",))
    connection.close()
    number = quote(orjson.loads(enrolled)["event"]["number"], safe="")
    call, campaign = stream.removeprefix("call:"), f"/campaigns/{campaign_of(0, 1)}"
    return [
        "/",
        campaign,
        f"{campaign}/recipients",
        f"{campaign}/recipients?status=queued",
        f"{campaign}/recipients/{number}",
        "/calls",
        f"/calls/{call}?view=timeline",
        "/deliveries",
        "/integrity",
    ]


def cost(client: httpx.Client, pid: int, path: str) -> tuple[float, float]:
    """Milliseconds of the server's processor, and of the wall, for one request."""
    client.get(path).raise_for_status()
    before, began = cpu_seconds(pid), time.monotonic()
    for _ in range(ROUNDS):
        client.get(path).raise_for_status()
    return (cpu_seconds(pid) - before) / ROUNDS * 1e3, (time.monotonic() - began) / ROUNDS * 1e3


def main(events: int) -> None:
    """All pages of one ledger."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        home = folder / "data"
        make(home, events)
        with floor(folder, home / "ledger.db") as floor_pid, up(home) as server:
            with httpx.Client(base_url=FLOOR_URL, trust_env=False) as client:
                print(f"nothing: cpu_ms {cost(client, floor_pid, '/nothing/1')[0]:.1f}")
            with httpx.Client(base_url=UP_URL, trust_env=False, timeout=60) as client:
                for path in pages_of(home):
                    cpu, wall = cost(client, server.pid, path)
                    print(f"{path}: cpu_ms {cpu:.1f}, wall_ms {wall:.1f}{'  above' if cpu > PAGE_CPU_MS_MAX else ''}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
