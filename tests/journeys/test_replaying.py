"""Webhooks that came doubled, mixed up and changed are captured from one installation, and come to the same in another."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.in_this_process import run_here
from tests.journeys.processes import ROOT, WEBHOOK_SECRET, Up, free_port, sandbox_process, until

PEOPLE = 4
DAY_SECONDS_MAX = 40.0
OPTIONS = (
    *("--answer-rate", "1", "--ring-seconds", "0.05:0.2", "--talk-seconds", "0.1:0.4", "--seed", "5"),
    *("--duplicate-rate", "0.5", "--shuffle-rate", "0.5", "--shuffle-seconds", "0.4", "--changed-body-rate", "1"),
    *("--webhook-secret", WEBHOOK_SECRET),
)


def dialtrail(up: Up, *words: str, code: int = 0, **more: str) -> str:
    """What a command prints; it must end with this code."""
    done = run_here(words, ROOT, up.environ | more)
    assert done.code == code, (words, done.data[-2_000:], done.talk)
    return done.data


def play_a_day(up: Up, sandbox_url: str) -> list[str]:
    """All are called, and every webhook has come; the calls."""
    up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15559870000", "limits": {"calls_per_second": 20}})
    numbers = [{"number": f"+155512300{nth:02}"} for nth in range(PEOPLE)]
    up.api("POST", "/v1/campaigns/spring/recipients", json={"import": "test", "recipients": numbers})
    up.api("POST", "/v1/campaigns/spring/start")
    until("all were called", lambda: up.api("GET", "/v1/campaigns/spring")["state"] == "completed", DAY_SECONDS_MAX)

    def is_quiet() -> bool:
        found = httpx.get(f"{sandbox_url}/_sandbox/summary", trust_env=False, timeout=10).json()["deliveries"]
        return bool(found["acknowledged"] >= 3 * PEOPLE and found["pending"] == 0)

    until("every webhook has come", is_quiet, DAY_SECONDS_MAX)
    return [one["call_id"] for one in up.api("GET", "/v1/calls")["items"]]


def told_by_webhook(up: Up, call_id: str) -> tuple[Any, set[tuple[str, str, str]]]:
    """Where a call stands, and what was told of it by webhook, and when that happened."""
    found = up.api("GET", f"/v1/calls/{call_id}/timeline")
    entries = {
        (one["event"], one["occurred_at"], one["detail"]["digest"])
        for one in found["entries"]
        if one["source"] == "webhook"
    }
    return {name: found["state"][name] for name in ("phase", "outcome", "reached", "step")}, entries


def assert_replays(one: Up, other: Up, file: Path, calls: list[str], stored: int) -> None:
    to = ("--to", f"{other.url}/webhooks/minivoice", "--secret-variable", "OTHER", "--shuffle", "3", "--twice")
    said = dialtrail(one, "replay", "--file", str(file), *to, "--json", OTHER="of-the-other")
    replayed = json.loads(said)
    assert (replayed["parts"], sorted(replayed["ends"])) == ([], sorted(calls))
    assert [answer["status"] for answer in replayed["sent"]] == [204] * 2 * stored
    for call in calls:
        assert told_by_webhook(other, call) == told_by_webhook(one, call)
    news = dialtrail(other, "replay", "--file", str(file), "--today")
    assert news == "if they came today, the ledger would learn nothing new\n"


@pytest.mark.timeout(120)
def test_what_came_to_one_installation_comes_to_the_same_in_another(tmp_path: Path) -> None:
    port, other_port = free_port(), free_port()
    folders = [tmp_path / name for name in ("one", "other", "sandbox")]
    for folder in folders:
        folder.mkdir()
    file = tmp_path / "hooks.jsonl"
    webhooks = ("--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice")
    with (
        sandbox_process(folders[2], *OPTIONS, *webhooks) as (sandbox_url, _),
        Up(folders[0], sandbox_url, port) as one,
        Up(folders[1], sandbox_url, other_port, MINIVOICE_WEBHOOK_SECRET="of-the-other") as other,
    ):
        capturing = subprocess.Popen(
            [sys.executable, "-m", "entrypoints.cli", "capture", str(file), "--follow", "--seconds", "60"],
            cwd=ROOT,
            env=one.environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert capturing.stderr is not None
        assert "waiting for more" in capturing.stderr.readline()
        calls = play_a_day(one, sandbox_url)
        stored = [d for call in calls for d in one.api("GET", f"/v1/calls/{call}/deliveries?limit=1000")["items"]]
        until("all are captured", lambda: file.read_bytes().count(b"\n") >= len(stored), DAY_SECONDS_MAX)
        capturing.send_signal(signal.SIGINT)
        assert (capturing.wait(timeout=20), len(calls)) == (0, PEOPLE)
        capturing.stderr.close()

        bodies = sorted(json.loads(line)["body"] for line in file.read_text().splitlines())
        assert bodies == sorted(one["body"] for one in stored)
        assert {(d["is_repeat"], d["is_changed"]) for d in stored} == {(False, False), (True, False), (False, True)}
        assert "nothing was shown wrong" in dialtrail(one, "forensics")

        assert_replays(one, other, file, calls, len(stored))
