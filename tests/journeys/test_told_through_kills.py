"""A subscriber of a process that is killed: every outcome of every recipient is told at least once, in order."""

import json
import random  # noqa: TID251 - the moments of the kills, from a seed
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import open_sqlite_ledger
from application.subscriptions.composing import Composer
from domain.subscription import Wanted
from entrypoints.http.told import write_body
from entrypoints.process import new_id, utc_now
from tests.examples import are_all_tried
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process, until

RECIPIENTS, KILLS, SEED = 20, 2 if are_all_tried() else 1, 17
Row = dict[str, Any]


@contextmanager
def subscriber() -> Iterator[tuple[str, list[Row]]]:
    """A system of the user's own, in a thread: its address, and the rows that it took, in the order in which it took them."""
    taken: list[Row] = []

    class Takes(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append(json.loads(body)["data"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to a terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/calls", taken
        server.shutdown()


@pytest.mark.timeout(300)
def test_kills_leave_out_nothing_and_keep_the_order_of_each_recipient(tmp_path: Path) -> None:
    port, chance = free_port(), random.Random(SEED)
    options = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    options += [
        "--ring-seconds",
        "0.1:0.3",
        "--talk-seconds",
        "0.1:0.3",
        "--retry-seconds",
        "0.2",
        "--retry-max-seconds",
        "1",
    ]
    with (
        subscriber() as (url, taken),
        sandbox_process(tmp_path, *options) as (sandbox_url, _),
        Up(tmp_path, sandbox_url, port, DIALTRAIL_TARGETS_ALLOWED="127.0.0.1/32") as up,
    ):
        up.api("POST", "/v1/subscriptions", json={"id": "crm", "url": url, "role": "auditor"})
        limits = {"calls_per_second": 20, "calls_at_once": 20}
        up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
        rows = [{"number": f"+1555200{n:04}"} for n in range(RECIPIENTS)]
        up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
        up.api("POST", "/v1/campaigns/spring/start")
        for _ in range(KILLS):
            wanted = len(taken) + chance.randint(1, 15)
            until("some more is told", lambda: len(taken) >= wanted, 60)  # noqa: B023
            up.kill()
            up.start()
        until("everybody is settled", lambda: _is_settled(up), 120)
        until("everything is told", lambda: up.api("GET", "/v1/subscriptions/crm")["behind"] == 0, 60)
        assert up.stop() == 0

    _assert_told(taken, _outcomes_of(up.home))


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))


def _assert_told(taken: list[Row], outcomes: list[Row]) -> None:
    """Each at least once; and of each recipient, what came for the first time came in the ledger's order."""
    told: dict[str, list[Row]] = defaultdict(list)
    expected: dict[str, list[Row]] = defaultdict(list)
    for row in taken:
        if row not in told[row["number"]]:
            told[row["number"]].append(row)
    for row in outcomes:
        expected[row["number"]].append(row)
    assert len(expected) == RECIPIENTS
    assert told == expected


def _outcomes_of(home: Path) -> list[Row]:
    """All that a subscriber is to be told, by what the ledger has come to."""
    ledger = open_sqlite_ledger(home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        wanted = Wanted(url="https://crm.example.org", role="auditor")
        made = Composer(ledger, wanted, None, write_body).take(list(ledger.replay()), 0)
        return [json.loads(one.body)["data"] for one in made]
    finally:
        ledger.close()
