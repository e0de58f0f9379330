"""What each page costs with many recipients, beside a route that does nothing.

    python pages.py [EVENTS]                 by default 100,000

`cpu_ms` is what the server computed for one request; the budget is PAGE_CPU_MS_MAX, and a page above it is marked. All
calls were placed within the hours before, so that the figures of today, of the day and of the week have something to show.
"""

import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import orjson
from history import campaign_of, make
from servers import FLOOR_URL, UP_URL, cpu_seconds, floor, up

PAGE_CPU_MS_MAX = 50.0
ROUNDS = 20
BEFORE_NOW = timedelta(hours=2)
PLANNED = {
    "id": "planned",
    "from": "+15551230001",
    "policy": {
        "hours": {"weekdays": ["09:00-12:00", "13:00-20:00"], "saturday": ["10:00-14:00"]},
        "default_zone": "America/New_York",
        "attempts_max": 4,
        "attempt_gap_seconds": 7200,
        "retry": {"not_reached": {"after_seconds": 14400}, "failed": {"after_seconds": 3600}},
        "caps": [{"attempts_max": 3, "period_hours": 24, "per": "person"}],
    },
    "script": {
        "start": "greeting",
        "steps": {
            "greeting": {"actions": [{"say": "Hello."}], "next": "menu"},
            "menu": {
                "gather": {"prompt": "Press 1 to confirm."},
                "on": {"1": "goodbye"},
                "no_input": "goodbye",
                "invalid": "menu",
                "tries_max": 3,
            },
            "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
        },
    },
}
"""A campaign with all that a plan shows; the others have neither policy nor script."""


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
        "/?range=week",
        "/campaigns",
        campaign,
        f"{campaign}/plan",
        f"/campaigns/{PLANNED['id']}/plan",
        f"{campaign}/recipients",
        f"{campaign}/recipients?status=queued",
        f"{campaign}/recipients/{number}",
        f"/people/{number}",
        "/suppressions",
        f"/search?q={number}",
        "/search?q=bench",
        "/calls",
        f"/calls?number={number}",
        f"/calls/{call}",
        f"/calls/{call}?view=timeline",
        "/deliveries",
        "/quarantine",
        "/integrity",
    ]


def cost(client: httpx.Client, pid: int, path: str) -> tuple[float, float]:
    """Milliseconds of the server's processor, and of the wall, for one request."""
    _ask(client, path)
    before, began = cpu_seconds(pid), time.monotonic()
    for _ in range(ROUNDS):
        _ask(client, path)
    return (cpu_seconds(pid) - before) / ROUNDS * 1e3, (time.monotonic() - began) / ROUNDS * 1e3


def _ask(client: httpx.Client, path: str) -> None:
    """A page, or where it sends on to, as a search does that has one match."""
    answer = client.get(path)
    if answer.is_error:
        answer.raise_for_status()


def main(events: int) -> None:
    """All pages of one ledger."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        home = folder / "data"
        make(home, events, began=datetime.now(UTC) - BEFORE_NOW)  # noqa: TID251 - the pages are as of now
        with floor(folder, home / "ledger.db") as floor_pid, up(home) as server:
            with httpx.Client(base_url=FLOOR_URL, trust_env=False) as client:
                print(f"nothing: cpu_ms {cost(client, floor_pid, '/nothing/1')[0]:.1f}")
            with httpx.Client(base_url=UP_URL, trust_env=False, timeout=60) as client:
                client.post("/v1/campaigns", json=PLANNED).raise_for_status()
                for path in pages_of(home):
                    cpu, wall = cost(client, server.pid, path)
                    print(f"{path}: cpu_ms {cpu:.1f}, wall_ms {wall:.1f}{'  above' if cpu > PAGE_CPU_MS_MAX else ''}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
