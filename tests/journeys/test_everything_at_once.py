"""Every misbehaviour at once: in the end everybody is settled or explained, and nobody was called twice by us."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from adapters.ledger import open_sqlite_ledger
from domain.call import CallCanceled, CallClaimed, CallCompleted, CallFailed
from domain.events import Recorded
from domain.identity import call_stream
from entrypoints.wiring import new_id, utc_now
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process, until

RECIPIENTS = 300
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


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("seed", "echo"), [(1, "none"), (2, "webhooks"), (3, "both")])
def test_everybody_is_settled_or_explained(tmp_path: Path, seed: int, echo: str) -> None:
    port = free_port()
    options = [text for pair in MISBEHAVIOURS.items() for text in pair]
    options += ["--seed", str(seed), "--echo-metadata", echo, "--webhook-secret", WEBHOOK_SECRET]
    options += ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice"]
    with sandbox_process(tmp_path, *options) as (sandbox_url, log):
        environ = {"DIALTRAIL_RECONCILE_AFTER_SECONDS": "1.5", "MINIVOICE_TIMEOUT_SECONDS": "2"}
        with Up(tmp_path, sandbox_url, port, **environ) as up:
            limits = {"calls_per_second": 100, "calls_at_once": 200}
            up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
            rows = [{"number": f"+1555200{n:04}"} for n in range(RECIPIENTS)]
            up.api("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
            up.api("POST", "/v1/campaigns/spring/start")
            until("all are settled or explained", lambda: _is_settled(up), 150)
            until("what can be matched is matched", lambda: _is_matched(up), 30)
            counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
            unresolved = up.api("GET", "/v1/attempts?limit=1000")["items"]
            calls = httpx.get(sandbox_url + "/_sandbox/calls", trust_env=False).json()
            assert up.stop() == 0
    events = _ledger_of(up)
    posted = Counter(line["request_body"]["to"] for line in log_lines(log, "request") if _may_have_called(line))
    own_calls = {e.stream for e in events if isinstance(e.event, CallClaimed)}
    ended = {e.stream for e in events if isinstance(e.event, TERMINALS)}

    assert max(posted.values()) == 1
    assert sum(counts.values()) == RECIPIENTS
    assert not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))
    assert counts["unresolved"] == len(unresolved)
    assert counts["unresolved"] <= 0.05 * RECIPIENTS
    assert all(attempt["why"] for attempt in unresolved)
    assert own_calls <= ended
    assert own_calls <= {call_stream(call["id"]) for call in calls}
    if echo != "none":
        # Every call that the provider placed for us and told us of is found again by its echo.
        assert {a["attempt_id"] for a in unresolved if a["candidates"]} == set()
    in_doubt = sum(bool(attempt["candidates"]) for attempt in unresolved)
    figures = f"seed {seed}, echo {echo}: {counts}; {_sources(events)}; in doubt with a candidate: {in_doubt}"
    print(figures)  # noqa: T201 - for whoever runs it with -s


def _is_settled(up: Up) -> bool:
    counts = up.api("GET", "/v1/campaigns/spring")["recipients"]
    return not any(counts[status] for status in ("queued", "held", "dialing", "in_progress"))


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
