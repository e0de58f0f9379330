"""Several campaigns on one account: does it find the provider's hidden limits, keep below them, and share them by weight?

python account.py [per_second LIMIT | set LIMIT | at_once LIMIT] …
"""

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from dialer import most_in_any_second  # noqa: E402

from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, log_lines, sandbox_process  # noqa: E402

SECONDS = 75
SETTLED_AFTER_SECONDS = 10.0
WINDOW_SECONDS = 10.0
LOOK_SECONDS = 0.25
WEIGHTS = {"light": 1, "middle": 2, "heavy": 4}
ROWS_A_REQUEST = 2_000


def measure(mode: str, limit: int) -> None:
    """Run three campaigns for a while on one account, and say what the provider saw."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    port = free_port()
    is_slots = mode == "at_once"
    talk = "1:3" if is_slots else "0.1:0.3"
    options = ["--calls-at-once", str(limit)] if is_slots else ["--calls-per-second", str(limit)]
    settings = {"DIALTRAIL_ACCOUNT_CALLS_PER_SECOND": str(limit)} if mode == "set" else {}
    webhooks = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    life = ["--ring-seconds", "0.1:0.3", "--talk-seconds", talk, "--answer-rate", "1", "--gather-rate", "0"]
    with sandbox_process(folder, *webhooks, *life, *options) as (url, log), Up(folder, url, port, **settings) as up:
        for campaign_id, weight in WEIGHTS.items():
            _campaign(up, campaign_id, weight, limit, limit * SECONDS)
        for campaign_id in WEIGHTS:
            up.api("POST", f"/v1/campaigns/{campaign_id}/start")
        at_once = []
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            balance = httpx.get(url + "/_sandbox/balance", trust_env=False).json()
            at_once.append(balance["applications"][0]["calls_at_once"])
        up.stop()
        posts = [line for line in log_lines(log, "request") if line["method"] == "POST"]
    print(json.dumps(_said(mode, limit, posts, at_once)), flush=True)


def _said(mode: str, limit: int, posts: list[dict[str, Any]], at_once: list[int]) -> dict[str, Any]:
    taken = sorted(int(post["monotonic_ns"]) / 1e9 for post in posts if post["status"] == 201)
    refused = [int(post["monotonic_ns"]) / 1e9 for post in posts if post["status"] == 429]
    settled, last = taken[0] + SETTLED_AFTER_SECONDS, taken[-1]
    said: dict[str, Any] = {
        "mode": mode,
        "limit": limit,
        "most_taken_in_any_second": most_in_any_second(taken),
        "most_sent_in_any_second": most_in_any_second(sorted(taken + refused)),
        "refused": len(refused),
        "refused_once_settled": sum(at > settled for at in refused),
        "campaigns": Counter(
            post["request_body"]["metadata"]["campaign_id"] for post in posts if post["status"] == 201
        ),
    }
    if mode == "at_once":
        looks = at_once[int(SETTLED_AFTER_SECONDS / LOOK_SECONDS) :]
        return {**said, "at_once_mean": round(sum(looks) / len(looks), 1), "at_once_max": max(looks)}
    rates = []
    begin = settled
    while begin + WINDOW_SECONDS <= last:
        rates.append(sum(begin <= at < begin + WINDOW_SECONDS for at in taken) / WINDOW_SECONDS)
        begin += WINDOW_SECONDS
    return {**said, "a_second_in_each_10_s": [round(rate, 1) for rate in rates]}


def _campaign(up: Up, campaign_id: str, weight: int, limit: int, count: int) -> None:
    prefix = 1 + list(WEIGHTS).index(campaign_id)
    limits = {"calls_per_second": max(limit, 50), "calls_at_once": 10_000}
    body = {"id": campaign_id, "from": "+15551230001", "limits": limits, "policy": {"weight": weight}}
    up.api("POST", "/v1/campaigns", json=body)
    for at in range(0, count, ROWS_A_REQUEST):
        rows = [{"number": f"+1{prefix}{n:09}"} for n in range(at, min(at + ROWS_A_REQUEST, count))]
        up.api("POST", f"/v1/campaigns/{campaign_id}/recipients", json={"recipients": rows})


if __name__ == "__main__":
    words = sys.argv[1:] or ["per_second", "10", "per_second", "100", "set", "100", "at_once", "50"]
    for chosen, number in zip(words[::2], words[1::2], strict=True):
        measure(chosen, int(number))
