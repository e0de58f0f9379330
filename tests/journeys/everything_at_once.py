"""A campaign with a provider that misbehaves in every way at once, as the test and `scripts/proofs/everything_at_once.py` run it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from adapters.ledger import open_sqlite_ledger
from domain.call import CallCanceled, CallClaimed, CallCompleted, CallFailed
from domain.events import Recorded
from domain.identity import call_stream
from entrypoints.process import new_id, utc_now
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until

WAITING = ("queued", "held", "dialing", "in_progress")
UNRESOLVED_SHARE_MAX = 0.05
TERMINALS = (CallCompleted, CallFailed, CallCanceled)
MISBEHAVIOURS = {
    "--duplicate-rate": "0.2",
    "--shuffle-rate": "0.3",
    "--shuffle-seconds": "1",
    "--drop-rate": "0.15",
    "--changed-body-rate": "0.1",
    "--early-webhook-rate": "0.2",
    "--lost-response-rate": "0.02",
    "--timeout-rate": "0.01",
    "--timeout-seconds": "3",
    "--error-500-rate": "0.02",
    "--error-502-rate": "0.03",
    "--refuse-429-rate": "0.01",
    "--slow-rate": "0.05",
    "--slow-seconds": "0.2:0.5",
    "--foreign-calls-per-minute": "60",
    "--inbound-calls-per-minute": "30",
    "--ring-seconds": "0.1:0.4",
    "--talk-seconds": "0.1:0.5",
    "--retry-seconds": "0.2",
    "--retry-max-seconds": "1",
}


class Day(Struct, frozen=True, kw_only=True):
    """What was left of it: how many are in each status, what nobody knows, and what both sides have of the calls.

    `posts_max` is how many requests for one number may have become a call.
    """

    counts: Mapping[str, int]
    unresolved: list[dict[str, Any]]
    posts_max: int
    own_calls: set[str]
    ended: set[str]
    of_provider: set[str]
    ends_by_source: Mapping[str, int]


def play(folder: Path, *, recipients: int, seed: int, echo: str) -> Day:
    """Until everybody is settled or explained. `echo` is where the provider repeats our metadata."""
    port = free_port()
    options = [text for pair in MISBEHAVIOURS.items() for text in pair]
    options += ["--seed", str(seed), "--echo-metadata", echo, "--webhook-secret", WEBHOOK_SECRET]
    options += ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice"]
    with sandbox_process(folder, *options) as (sandbox_url, log):
        environ = {"DIALTRAIL_RECONCILE_AFTER_SECONDS": "1.5", "MINIVOICE_TIMEOUT_SECONDS": "2"}
        with Up(folder, sandbox_url, port, **environ) as up:
            limits = {"calls_per_second": 100, "calls_at_once": 200}
            up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
            rows = [{"number": f"+1555200{n:04}"} for n in range(recipients)]
            up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
            up.api("POST", "/v1/campaigns/spring/start")
            until("all are settled or explained", lambda: _is_settled(up), 150)
            until("what can be matched is matched", lambda: _is_matched(up), 30)
            counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
            unresolved = up.api("GET", "/v1/attempts?limit=1000")["items"]
            calls = httpx.get(sandbox_url + "/_sandbox/calls", trust_env=False).json()
            if up.stop() != 0:
                raise RuntimeError("up did not stop in peace")
    events = _ledger_of(up)
    posted = Counter(line["request_body"]["to"] for line in log_lines(log, "request") if _may_have_called(line))
    return Day(
        counts=counts,
        unresolved=unresolved,
        posts_max=max(posted.values()),
        own_calls={e.stream for e in events if isinstance(e.event, CallClaimed)},
        ended={e.stream for e in events if isinstance(e.event, TERMINALS)},
        of_provider={call_stream(call["id"]) for call in calls},
        ends_by_source=_sources(events),
    )


def faults_of(day: Day, *, recipients: int, echo: str) -> list[str]:
    """Which promises such a day has broken."""
    counts, unresolved = day.counts, day.unresolved
    promises = {
        "one request a number at most": day.posts_max == 1,
        "everybody has a status": sum(counts.values()) == recipients,
        "nobody waits": not any(counts[status] for status in WAITING),
        "unresolved are counted and shown alike": counts["unresolved"] == len(unresolved),
        "few are unresolved": counts["unresolved"] <= UNRESOLVED_SHARE_MAX * recipients,
        "the unresolved are explained": all(attempt["why"] for attempt in unresolved),
        "our calls have an end": day.own_calls <= day.ended,
        "our calls are the provider's": day.own_calls <= day.of_provider,
        "what is echoed is found again": echo == "none" or not any(attempt["candidates"] for attempt in unresolved),
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in WAITING)


def _is_matched(up: Up) -> bool:
    return all(len(a["candidates"]) != 1 for a in up.api("GET", "/v1/attempts?limit=1000")["items"])


def _may_have_called(line: dict[str, object]) -> bool:
    """A POST that the provider did not clearly refuse."""
    return line["method"] == "POST" and line["status"] not in {400, 401, 402, 403, 429, 502}


def _sources(events: list[Recorded]) -> dict[str, int]:
    """How the calls' ends came to be known."""
    first: dict[str, str] = {}
    for recorded in events:
        if isinstance(recorded.event, TERMINALS):
            first.setdefault(recorded.stream, recorded.event.source)
    return dict(Counter(first.values()))


def _ledger_of(up: Up) -> list[Recorded]:
    ledger = open_sqlite_ledger(up.home, clock=utc_now, new_event_id=new_id, new_key=lambda _: b"")
    try:
        return list(ledger.replay())
    finally:
        ledger.close()
