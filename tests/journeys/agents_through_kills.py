"""Calls that are transferred to agents, by a process that is killed again and again, judged by the sandbox's log and what was asked."""

import json
import random  # noqa: TID251 - the moments of the kills, from a seed
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from entrypoints.process import utc_now
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until

LIFE = timedelta(seconds=3)
CALLS_BETWEEN_KILLS = 1, 6
SECONDS_MORE_MAX = 0.3
SCRIPT = {"start": "agent", "steps": {"agent": {"transfer": {"destination": "+15551230009"}}}}
LIVES = ["--ring-seconds", "0.02:0.1", "--talk-seconds", "0.2:0.6", "--answer-rate", "1", "--transfer-fail-rate", "0"]
RETRIES = ["--retry-seconds", "0.2", "--retry-max-seconds", "1"]


class Systems:
    """A user's own systems: one says how many agents are free, None for no answer; the other is the lookup, and notes whom it was asked about."""

    def __init__(self, free: int) -> None:
        self.free: int | None = free
        self.answered: list[tuple[datetime, str]] = []
        self.last_told = utc_now()


class Evening(Struct, frozen=True, kw_only=True):
    """What was left of it: what the sandbox saw and played, when the lookup answered about whom, and from when until when no agents were told."""

    arrived: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    answered: list[tuple[datetime, str]]
    silence: tuple[datetime, datetime]


@contextmanager
def served(systems: Systems) -> Iterator[str]:
    """Both in threads, under one address."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            free = systems.free
            if free is not None:
                systems.last_told = utc_now()
            self._say(500 if free is None else 200, {"free": free})

        def do_POST(self) -> None:
            number = json.loads(self.rfile.read(int(self.headers["content-length"])))["number"]
            systems.answered.append((utc_now(), number))
            self._say(200, {"call": True})

        def _say(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing to a terminal."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that was killed is no news."""

    with Quiet(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def play(folder: Path, *, agents: int, kills: int, recipients: int, seed: int) -> Evening:
    """Until everybody is settled; nobody tells of agents for a while after the kills."""
    port, chance, systems = free_port(), random.Random(seed), Systems(agents)
    options = [*LIVES, *RETRIES, "--fetch-answers", "--answer-url", f"http://127.0.0.1:{port}/answer"]
    options += ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    with (
        served(systems) as url,
        sandbox_process(folder, *options) as (sandbox_url, log),
        Up(folder, sandbox_url, port, DIALTRAIL_TARGETS_ALLOWED="127.0.0.1/32") as up,
    ):
        _begin(up, url, recipients)
        for _ in range(kills):
            wanted = min(len(_posts(log)) + chance.randint(*CALLS_BETWEEN_KILLS), recipients)
            until("some more are called", lambda: len(_posts(log)) >= wanted, 60)  # noqa: B023
            time.sleep(chance.uniform(0, SECONDS_MORE_MAX))
            up.kill()
            up.start()
        silence = _silence(systems, agents)
        until("everybody is settled", lambda: _is_settled(up), 120)
        calls = httpx.get(sandbox_url + "/_sandbox/calls", trust_env=False).json()
        if up.stop() != 0:
            raise RuntimeError("up did not stop in peace")
    return Evening(
        arrived=_posts(log),
        calls=calls,
        actions=log_lines(log, "action"),
        answered=systems.answered,
        silence=silence,
    )


def faults_of(evening: Evening, *, agents: int, recipients: int) -> list[str]:
    """Which promises such an evening has broken."""
    called = Counter(line["request_body"]["to"] for line in evening.arrived if line["request_body"] is not None)
    first_answer = {number: at for at, number in reversed(evening.answered)}
    promises = {
        "everybody was called, and nobody twice": called == dict.fromkeys(called, 1) and len(called) == recipients,
        "nobody was called before the lookup had answered": all(
            line["request_body"] is None or first_answer[line["request_body"]["to"]] <= _instant(line["at"])
            for line in evening.arrived
        ),
        "somebody was transferred": bool(_transferred(evening)),
        "never more transfers at once than agents": most_at_once(evening, only_transfers=True) <= agents,
        "never more calls at once than agents": most_at_once(evening) <= agents,
        "more than one call at once": most_at_once(evening) > 1,
        "nobody is called on a word that is too old": not _called_on_an_old_word(evening),
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


def most_at_once(evening: Evening, *, only_transfers: bool = False) -> int:
    """The most calls, or transfers, that there were at once, by the sandbox's times; one without an end goes on."""
    begins = {call["id"]: call["created_at"] for call in evening.calls}
    if only_transfers:
        begins = {line["call_id"]: line["at"] for line in _transferred(evening)}
    ends = {call["id"]: call["ended_at"] for call in evening.calls if call["ended_at"] is not None}
    changes = [(_instant(at), 1) for at in begins.values()]
    changes += [(_instant(ends[call_id]), -1) for call_id in begins if call_id in ends]
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _called_on_an_old_word(evening: Evening) -> bool:
    since, until_then = evening.silence
    return any(since + LIFE < _instant(line["at"]) < until_then for line in evening.arrived)


def _begin(up: Up, url: str, recipients: int) -> None:
    plan = {
        "id": "spring",
        "from": "+15551230001",
        "script": SCRIPT,
        "limits": {"calls_per_second": 50, "calls_at_once": 50},
        "agents": {"url": f"{url}/free", "life_seconds": int(LIFE.total_seconds())},
        "lookup": {"url": f"{url}/lookup"},
    }
    up.api("POST", "/v1/campaigns", json=plan)
    rows = [{"number": f"+1555200{n:04}"} for n in range(recipients)]
    up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
    up.api("POST", "/v1/campaigns/spring/start")


def _silence(systems: Systems, agents: int) -> tuple[datetime, datetime]:
    """From the last word before it, by the clock that all here share, for twice as long as a word lives."""
    systems.free = None
    time.sleep(2 * LIFE.total_seconds())
    silence = (systems.last_told, utc_now())
    systems.free = agents
    return silence


def _transferred(evening: Evening) -> list[dict[str, Any]]:
    return [line for line in evening.actions if line["action"] == "transfer"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _posts(log: Path) -> list[dict[str, Any]]:
    return [line for line in log_lines(log, "arrived") if line["method"] == "POST" and line["path"] == "/v1/calls"]


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))
