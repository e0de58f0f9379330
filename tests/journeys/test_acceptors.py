"""`dialtrail up` with acceptors, as processes: what they take, what they hand on, and what a kill of one costs."""

import os
import re
import signal
import threading
from pathlib import Path
from typing import Self

import httpx
import pytest

from adapters.ledger import open_reader, open_sqlite_ledger
from entrypoints.process import new_id, utc_now
from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.serving import payload, signature
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, until

ACCEPTORS = 2
KILLS = 2
SENDERS = 3
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


def until_another(up: Up, killed: int) -> None:
    """Wait until another is in the place of one that was killed."""
    until("another is started", lambda: len(set(acceptors(up)) - {killed}) == ACCEPTORS, 20)


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


class Senders:
    """Some who deliver one call after the other on connections of their own; `acknowledged` are the calls' streams, `refused` how many 503 there were."""

    def __init__(self, url: str) -> None:
        self.acknowledged: list[str] = []
        self.refused = 0
        self._url = url
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(who,)) for who in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def until_more(self, count: int = 20) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + count
        until("deliveries are acknowledged", lambda: len(self.acknowledged) >= wanted, 60)

    def _go_on(self, who: int) -> None:
        with httpx.Client(base_url=self._url, trust_env=False, timeout=30) as client:
            place = 0
            while not self._is_over.is_set():
                place += 1
                status = deliver(client, f"call_{who}_{place}")
                if status == 204:
                    self.acknowledged.append(f"call:call_{who}_{place}")
                self.refused += status == 503


@pytest.mark.timeout(120)
def test_acceptors_are_killed_and_started_again_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with Up(tmp_path, "http://127.0.0.1:9", free_port(), DIALTRAIL_ACCEPTORS=str(ACCEPTORS)) as up:
        until("both accept", lambda: len(acceptors(up)) == ACCEPTORS, 20)
        with Senders(up.url) as senders:
            for _ in range(KILLS):
                senders.until_more()
                killed = acceptors(up)[0]
                os.kill(killed, signal.SIGKILL)
                until_another(up, killed)
        look_around(up, len(senders.acknowledged))
        left = acceptors(up)
        assert up.stop() == 0
        assert not any(Path(f"/proc/{one}").exists() for one in left)
    ledger = open_sqlite_ledger(up.home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        assert set(senders.acknowledged) <= {one.stream for one in ledger.replay()}
    finally:
        ledger.close()
    log = up.log.read_text()
    assert log.count("an acceptor ended; it is started again") == KILLS
    assert "Traceback" not in log


@pytest.mark.timeout(180)
def test_on_postgresql_an_acceptor_acknowledges_what_a_crash_of_the_server_does_not_take(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()
    beside = {"DIALTRAIL_DATABASE_URL": url, "DIALTRAIL_ACCEPTORS": "1"}
    with Up(tmp_path, "http://127.0.0.1:9", free_port(), **beside) as up:
        until("it accepts", lambda: len(acceptors(up)) == 1, 20)
        (first,) = acceptors(up)
        with Senders(up.url) as senders:
            senders.until_more()
            postgres.crash()
            senders.until_more()
        assert acceptors(up) == [first]
        assert up.stop() == 0
    reader = open_reader(tmp_path, url)
    try:
        assert set(senders.acknowledged) <= {one.stream for one in reader.read_feed(0, 100_000)}
    finally:
        reader.close()
    assert "Traceback" not in up.log.read_text()
