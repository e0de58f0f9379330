"""The views at size: what `up` needs to hold and to begin with many recipients, how fast views are rebuilt, how far they lag,
and what a page as of the past costs.

    python views.py start [RECIPIENTS …]     memory and start, by default with 200,000 and 1,000,000 recipients enrolled;
                                             then as starting.py does, which can be run by itself, too
    python views.py rebuild [EVENTS]         rebuild, lag under deliveries, pages now and in the past; by default 1,000,000 events
    python views.py folding [EVENTS]         what of the processor's time rebuilding and following take, beside reading alone
"""

import http.client
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import folding
import httpx
import orjson
import starting
from history import campaign_of, make
from load import delivery
from servers import SECRET, UP_URL, Up, deliver, up, wait_until

PAGES = 60
PAGE_ROWS = 100
PAGE_ROUNDS = 3
LAG_SECONDS = 10.0
LAG_CONNECTIONS = 64
SAMPLE_SECONDS = 0.1
CATCH_UP_SECONDS_MAX = 120.0
AFTER_KILL_ROUNDS = 3


def start(home: Path, recipients: int) -> None:
    """Memory once ready, and the seconds from a start after kill -9."""
    made = make(home, recipients, enrolled_only=True)
    with up(home) as server:
        print(
            f"{recipients:>9} recipients ({made} events): {server.memory_mib():.0f} MiB at most by the time it is ready"
        )
        server.kill()
    for turn in range(AFTER_KILL_ROUNDS):
        began = time.monotonic()
        server = Up(home)
        try:
            wait_until("a webhook is acknowledged", lambda turn=turn: _acknowledged(turn), 120)
            acknowledged = time.monotonic() - began
            wait_until("it is ready", server.is_ready)
            ready = time.monotonic() - began
            most, now = server.memory_mib(), server.memory_mib("VmRSS")
        finally:
            server.kill()
        print(
            f"{recipients:>9} recipients, start after kill -9: first webhook acknowledged after {acknowledged:.1f} s, "
            f"ready after {ready:.1f} s, {most:.0f} MiB at most, {now:.0f} MiB in the end",
            flush=True,
        )


def _acknowledged(turn: int) -> bool:
    target = urlsplit(UP_URL)
    try:
        with socket.create_connection((target.hostname, target.port), timeout=20) as connection:
            connection.sendall(delivery(1_000 + turn, 0, SECRET.encode(), "/webhooks/minivoice"))
            return connection.recv(65_536).startswith(b"HTTP/1.1 204")
    except OSError:
        return False


def rebuild(home: Path, events: int) -> None:
    """Rebuild, lag and pages on one ledger."""
    made = make(home, events)
    began = time.monotonic()
    with up(home) as server:
        took = time.monotonic() - began
        print(
            f"{made} events, no views yet: ready after {took:.1f} s, {made / took:,.0f} events a second, "
            f"{server.memory_mib():.0f} MiB at most",
            flush=True,
        )
        _pages()
        if _views() is None:
            print("there is no GET /v1/views here: no rebuild, no lag")
            return
        _rebuild()
        _lag()
        print(f"{server.memory_mib():.0f} MiB at most in the end", flush=True)


def _views() -> dict[str, Any] | None:
    answer = httpx.get(UP_URL + "/v1/views", timeout=60, trust_env=False)
    found: dict[str, Any] | None = answer.json() if answer.is_success else None
    return found


def _rebuild() -> None:
    began = time.monotonic()
    answer = httpx.post(UP_URL + "/v1/views/rebuild", json={}, timeout=60, trust_env=False)
    if answer.status_code != 202:
        raise SystemExit(f"rebuild: {answer.status_code} {answer.text}")
    position = answer.json()["position"]
    wait_until("the views are rebuilt", lambda: (views := _views()) is not None and views["rebuild"] is None)
    took = time.monotonic() - began
    print(
        f"all views rebuilt from {position} events in {took:.1f} s: {position / took:,.0f} events a second", flush=True
    )


def _lag() -> None:
    """How far the views are behind while deliveries come as fast as they are taken, and how long they need afterwards."""
    events: list[int] = []
    seconds: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            views = _views()
            if views is not None:
                events.append(views["behind_events"])
                seconds.append(views["behind_seconds"])

    watching = threading.Thread(target=watch)
    watching.start()
    found = deliver(LAG_CONNECTIONS, LAG_SECONDS)
    over.set()
    watching.join()
    after = wait_until(
        "the views are at the end",
        lambda: (views := _views()) is not None and views["behind_events"] == 0,
        CATCH_UP_SECONDS_MAX,
    )
    print(f"under deliveries {found}")
    print(
        f"views behind: {statistics.median(events):.0f} events and {statistics.median(seconds):.2f} s in the middle, "
        f"{max(events)} and {max(seconds):.2f} s at most; at the end {after:.1f} s later",
        flush=True,
    )


def _pages() -> None:
    """The same pages now and as of the middle of the past, in turn, over one connection."""
    target = urlsplit(UP_URL)
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=300)
    end = _page(connection, "")["position"]
    took: dict[str, list[float]] = {"now": [], "past": []}
    rows = {"now": 0, "past": 0}
    for _ in range(PAGE_ROUNDS):
        for name, as_of in (("now", ""), ("past", f"&as_of={end * 3 // 4}")):
            cursor = ""
            for _ in range(PAGES):
                began = time.perf_counter()
                page = _page(connection, cursor + as_of)
                took[name].append(time.perf_counter() - began)
                rows[name] += len(page["items"])
                if page["next"] is None:
                    break
                cursor = f"&after={page['next']}"
    now, past = statistics.median(took["now"]), statistics.median(took["past"])
    print(
        f"a page of {PAGE_ROWS} recipients: now {now * 1e3:.2f} ms ({rows['now']} rows), "
        f"as of the past {past * 1e3:.2f} ms ({rows['past']} rows): {past / now:.2f} times",
        flush=True,
    )


def _page(connection: http.client.HTTPConnection, more: str) -> dict[str, Any]:
    connection.request("GET", f"/v1/campaigns/{campaign_of(0, 1)}/recipients?limit={PAGE_ROWS}{more}")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"a page: {answer.status} {body.decode()[:500]}")
    found: dict[str, Any] = orjson.loads(body)
    return found


def main(what: str, numbers: list[int]) -> None:
    """One of the three, or all."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        if what in {"start", "all"}:
            for recipients in numbers or [200_000, 1_000_000]:
                home = folder / f"enrolled{recipients}"
                start(home, recipients)
                shutil.rmtree(home)
            starting.main(numbers)
        if what in {"folding", "all"}:
            folding.main(numbers)
        if what in {"rebuild", "all"}:
            rebuild(folder / "data", (numbers or [1_000_000])[0])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "all", [int(text) for text in sys.argv[2:]])
