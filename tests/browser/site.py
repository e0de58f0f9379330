"""A running Dialtrail beside a sandbox, with campaigns, people and calls in all their states, for somebody at a browser."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from entrypoints.process import utc_now
from tests.entrypoints.serving import signature
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process, until

TOKENS = {"vera": ("viewer", "look-only"), "anna": ("auditor", "read-all"), "olga": ("operator", "may-command")}
TOKEN_OF = {role: f"{role}-{word}-token" for role, word in TOKENS.values()}
NAME_OF = {role: name for name, (role, _) in TOKENS.items()}
ROLES = tuple(TOKEN_OF)
FROM = "+15551230001"
WAIT_SECONDS_MAX = 60.0
STORY, OTHER_STORY, HOSTILE_CALL = "call_story", "call_other", 'call/"><img src=x onerror=ran()>'
HOSTILE = "\"'></pre><script>ran()</script><img src=x onerror=ran()><svg onload=ran()>"
LONG = "so-long-that-it-has-to-be-broken-somewhere-" * 5
SANDBOX = {
    "--ring-seconds": "0.2:0.6",
    "--talk-seconds": "0.3:0.8",
    "--duplicate-rate": "0.3",
    "--shuffle-rate": "0.3",
    "--shuffle-seconds": "0.3",
    "--echo-metadata": "webhooks",
    "--answer-rate": "0.6",
    "--no-rate-prefix": "+44",
    "--webhook-secret": WEBHOOK_SECRET,
}


def numbers(count: int, first: int = 0, prefix: str = "+1555124") -> list[str]:
    """So many numbers of people."""
    return [f"{prefix}{nth:04}" for nth in range(first, first + count)]


class Site:
    """The installation as its operator and its provider reach it."""

    def __init__(self, up: Up, sandbox_url: str) -> None:
        self.up = up
        self.url = up.url
        self.sandbox_url = sandbox_url
        self._operator = {"authorization": f"Bearer {TOKEN_OF['operator']}"}

    def api(self, method: str, path: str, body: object = None) -> Any:
        """One request as the operator."""
        return self.up.api(method, path, json=body, headers=self._operator)

    def campaign(self, campaign_id: str, people: Sequence[Mapping[str, Any]] = (), **plan: Any) -> None:
        """Make it and enrol these."""
        self.api("POST", "/v1/campaigns", {"id": campaign_id, "from": FROM, **plan})
        if people:
            rows = {"import": campaign_id, "recipients": list(people)}
            assert self.api("POST", f"/v1/campaigns/{campaign_id}/recipients", rows)["rejected"] == 0

    def sandbox(self, **changes: object) -> None:
        """Change how the provider behaves."""
        answer = httpx.patch(f"{self.sandbox_url}/_sandbox/settings", json=changes, trust_env=False)
        assert answer.is_success, answer.text

    def settings_of_sandbox(self) -> Any:
        """How it behaves."""
        return httpx.get(f"{self.sandbox_url}/_sandbox/settings", trust_env=False).json()

    def deliver(self, body: bytes, secret: str = WEBHOOK_SECRET) -> None:
        """A webhook as the provider sends it."""
        timestamp = str(int(utc_now().timestamp()))
        headers = {"content-type": "application/json", **signature(secret, body, timestamp)}
        answer = httpx.post(f"{self.url}/webhooks/minivoice", content=body, headers=headers, trust_env=False)
        assert answer.status_code == 204, answer.text

    def counts(self, campaign_id: str) -> dict[str, int]:
        """How many people have each status, by a view that has all that was stored."""
        self.up_to_date()
        counts: dict[str, int] = self.api("GET", f"/v1/campaigns/{campaign_id}")["recipients"]
        return counts

    def until_over(self, campaign_id: str) -> None:
        """Wait until nobody is called any more."""
        done = lambda: self.api("GET", f"/v1/campaigns/{campaign_id}")["state"] == "completed"  # noqa: E731
        until(f"{campaign_id} is completed", done, WAIT_SECONDS_MAX)

    def up_to_date(self) -> None:
        """Wait until the views show all that is stored."""
        caught_up = lambda: self.api("GET", "/v1/integrity")["behind_events"] == 0  # noqa: E731
        until("the views have caught up", caught_up, WAIT_SECONDS_MAX)


@contextmanager
def running_site(folder: Path, **environ: str) -> Iterator[Site]:
    """Nothing in it yet."""
    port = free_port()
    tokens = ",".join(f"{name}:{role}:{TOKEN_OF[role]}" for name, (role, _) in TOKENS.items())
    options = [*SANDBOX.items(), ("--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice")]
    environ = {
        "DIALTRAIL_TOKENS": f"{tokens},otto:operator:another-operators-token",
        "DIALTRAIL_API_REQUESTS_PER_SECOND": "0",
        "DIALTRAIL_RECONCILE_AFTER_SECONDS": "600",
        "DIALTRAIL_SEALED": "1",
        "DIALTRAIL_TARGETS_ALLOWED": "127.0.0.1/32",
        **environ,
    }
    with (
        sandbox_process(folder, *(word for option in options for word in option)) as (sandbox_url, _),
        Up(folder, sandbox_url, port, **environ) as up,
    ):
        yield Site(up, sandbox_url)


def fill(site: Site) -> None:
    """Campaigns in all their states, calls with remarkable journeys, and texts from outside that would run, or never end."""
    site.api(
        "POST", "/v1/subscriptions", {"id": "crm", "url": "http://127.0.0.1:9/calls", "campaigns": ["autumn_survey"]}
    )
    past = [{"number": number, "variables": {"first_name": "Ada"}} for number in numbers(8)]
    refused = [{"number": number} for number in numbers(2, prefix="+447911123")]
    site.campaign("autumn_survey", [*past, *refused], limits={"calls_per_second": 20, "calls_at_once": 20})
    site.api("POST", "/v1/campaigns/autumn_survey/start")
    site.campaign("nobody_yet")
    tomorrow = (utc_now() + timedelta(days=1)).isoformat(timespec="seconds")
    site.campaign("tomorrow", [{"number": one} for one in numbers(30, 1_000)], policy={"starts_at": tomorrow})
    site.api("POST", "/v1/suppressions", {"number": numbers(1, 1_000)[0], "reason": "asked by phone"})
    site.api("POST", "/v1/campaigns/tomorrow/start")
    site.campaign("careful", [{"number": numbers(1, 2_000)[0]}], policy={"needs_approval": True, "attempts_max": 2})
    site.api("POST", "/v1/campaigns/careful/revise", {"record": True, "reason": "we are asked for recordings"})
    hostile = [{"number": numbers(1, 3_000)[0], "variables": {"name": HOSTILE, "long": LONG}}]
    site.campaign("hostile_texts", hostile, metadata={"season": HOSTILE, "long": LONG}, limits={"calls_per_second": 1})
    _tell_stories(site)
    site.until_over("autumn_survey")
    site.up_to_date()


def _tell_stories(site: Site) -> None:
    start = utc_now() - timedelta(seconds=90)
    created = report("call.created", STORY, start)
    answered = report("call.answered", STORY, start + timedelta(seconds=4), status="in_progress")
    for body in (
        answered,
        created,
        answered,
        report("call.gathered", STORY, start + timedelta(seconds=9), data={"digits": "1", "timed_out": False}),
        report("call.gathered", STORY, start + timedelta(seconds=15), data={"digits": "", "timed_out": True}),
        report("call.sneezed", STORY, start + timedelta(seconds=21), data={"loudness": 3}),
        report("call.completed", STORY, start + timedelta(seconds=30), status="completed"),
        report("call.failed", STORY, start + timedelta(seconds=33), status="failed"),
        answered,
        report("call.created", OTHER_STORY, start, to="+15551249998"),
        report("call.failed", OTHER_STORY, start + timedelta(seconds=12), to="+15551249998", status="busy"),
        report("call.answered", HOSTILE_CALL, start, status=HOSTILE, note=HOSTILE, data={"digits": HOSTILE}),
        report(f"call.{HOSTILE}", HOSTILE_CALL, start + timedelta(seconds=1), data={"file": LONG}),
        HOSTILE.encode(),
    ):
        site.deliver(body)


def report(
    event: str,
    call_id: str,
    at: datetime,
    *,
    to: str = "+15551249999",
    data: Mapping[str, Any] | None = None,
    **call: Any,
) -> bytes:
    """A webhook's body."""
    snapshot = {"id": call_id, "direction": "outbound", "from": FROM, "to": to, **call}
    said = {"event": event, "created_at": at.isoformat(), "call": snapshot, "variables": {}, "data": dict(data or {})}
    return json.dumps(said).encode()
