"""`dialtrail up` with acceptors, as processes: what they take, what they hand on, and what a kill of one costs."""

import os
import re
import signal
import threading
from pathlib import Path

import httpx
import pytest

from adapters.ledger import open_sqlite_ledger
from entrypoints.process import new_id, utc_now
from tests.entrypoints.serving import payload, signature
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, until

ACCEPTORS = 2
KILLS = 2
ACCEPTOR_MIB_MAX = 25


def acceptors(up: Up) -> list[int]:
    """The process ids of those that are there."""
    children = " ".join((task / "children").read_text() for task in Path(f"/proc/{up.pid}/task").iterdir()).split()
    return [int(one) for one in children if b"acceptors.process" in Path(f"/proc/{one}/cmdline").read_bytes()]


def memory_mib(pid: int) -> float:
    """What it has for itself, and its share of what it has with others."""
    found = re.search(r"^Pss: +([0-9]+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def deliver(client: httpx.Client, call_id: str) -> int | None:
    """The status; None where the connection broke."""
    body = payload("call.answered", call_id)
    try:
        return client.post("/webhooks/minivoice", content=body, headers=signature(WEBHOOK_SECRET, body)).status_code
    except httpx.TransportError:
        return None


def look_around(up: Up, acknowledged: int) -> None:
    """What is no webhook comes to the process that writes, from whom it came; it counts for all; none of them is large."""
    assert up.api("GET", "/v1/calls?limit=1")["items"]
    proxied = httpx.get(f"{up.url}/v1/calls", headers={"x-forwarded-for": "192.0.2.1"}, trust_env=False)
    assert proxied.status_code == 403
    metrics = httpx.get(f"{up.url}/metrics", trust_env=False).text
    stored = re.search(r'dialtrail_webhooks_total\{event="call.answered",result="stored"\} ([0-9.]+)', metrics)
    assert stored is not None
    assert float(stored[1]) >= acknowledged
    assert max(map(memory_mib, acceptors(up))) < ACCEPTOR_MIB_MAX


@pytest.mark.timeout(120)
def test_acceptors_are_killed_and_started_again_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    is_over = threading.Event()

    def go_on(who: int) -> None:
        with httpx.Client(base_url=up.url, trust_env=False, timeout=30) as client:
            place = 0
            while not is_over.is_set():
                place += 1
                if deliver(client, f"call_{who}_{place}") == 204:
                    acknowledged.append(f"call:call_{who}_{place}")

    with Up(tmp_path, "http://127.0.0.1:9", free_port(), DIALTRAIL_ACCEPTORS=str(ACCEPTORS)) as up:
        until("both accept", lambda: len(acceptors(up)) == ACCEPTORS, 20)
        senders = [threading.Thread(target=go_on, args=(who,)) for who in range(3)]
        for sender in senders:
            sender.start()
        for _ in range(KILLS):
            before, count = acceptors(up), len(acknowledged)
            until("deliveries are acknowledged", lambda count=count: len(acknowledged) > count + 20, 30)  # type: ignore[misc]
            os.kill(before[0], signal.SIGKILL)
            until("another is started", lambda before=before: len(set(acceptors(up)) - {before[0]}) == ACCEPTORS, 20)  # type: ignore[misc]
        is_over.set()
        for sender in senders:
            sender.join()
        look_around(up, len(acknowledged))
        left = acceptors(up)
        assert up.stop() == 0
        assert not any(Path(f"/proc/{one}").exists() for one in left)
    ledger = open_sqlite_ledger(up.home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        assert set(acknowledged) <= {one.stream for one in ledger.replay()}
    finally:
        ledger.close()
    log = up.log.read_text()
    assert log.count("an acceptor ended; it is started again") == KILLS
    assert "Traceback" not in log
