"""Keeps what a release leaves behind: plays a campaign with its own code, kills it in the middle, and asks it what it knows.

    git worktree add /tmp/release 0.1.0
    .venv/bin/python scripts/releases/keep.py 0.1.0 --code /tmp/release

It writes `tests/fixtures/<release>/`, from which every later version is held to the same answers (`tests/releases`).
"""

import argparse
import hashlib
import hmac
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.adapters.ledger.postgres_server import Server, running
from tests.releases.kept import (
    DUMP_FILE,
    ENGINES,
    FIXTURES,
    HOME,
    HOME_FILE,
    SETTINGS_FILE,
    TOKENS,
    Dialtrail,
    Engine,
    copied,
    read_dump,
    write_answers,
)
from tests.releases.questions import questions

API_KEY = "mv_live_of_a_fixture"
WEBHOOK_SECRET = "secret-of-a-fixture"  # noqa: S105 - signs what the sandbox sends
WAIT_SECONDS_MAX = 60.0
NOBODY_LISTENS = "http://127.0.0.1:9"
ON_THE_WIRE_MIN = 3
SETTINGS = f"""\
# The settings of an installation of this release, as its administrator wrote them.
DIALTRAIL_PUBLIC_URL=https://calls.example.com
DIALTRAIL_TOKENS=olga:operator:{TOKENS["operator"]},otto:operator:{TOKENS["second"]},ada:auditor:{TOKENS["auditor"]},vera:viewer:{TOKENS["viewer"]}
MINIVOICE_API_KEY={API_KEY}
MINIVOICE_BASE_URL={NOBODY_LISTENS}
MINIVOICE_WEBHOOK_SECRET={WEBHOOK_SECRET}
"""
DAY = {
    "--seed": "10",
    "--api-key": API_KEY,
    "--webhook-secret": WEBHOOK_SECRET,
    "--answer-delay": "0.4",
    "--ring-seconds": "0.1:0.3",
    "--talk-seconds": "0.2:0.6",
    "--ai-seconds": "0.2:0.2",
    "--retry-seconds": "0.2",
    "--duplicate-rate": "0.2",
    "--shuffle-rate": "0.3",
    "--shuffle-seconds": "0.3",
    "--drop-rate": "0.05",
    "--drop-events": "call.completed",
    "--early-webhook-rate": "0.2",
    "--changed-body-rate": "0.2",
    "--lose-responses": "2",
    "--error-502-rate": "0.05",
    "--no-rate-prefix": "+44",
    "--foreign-calls-per-minute": "60",
    "--press": "1",
}


class Sandbox:
    """The release's own stand-in for MiniVoice, which plays `DAY`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def change(self, **settings: object) -> None:
        """Change what it does from now on."""
        httpx.patch(f"{self.url}/_sandbox/settings", json=settings, trust_env=False).raise_for_status()

    def summary(self) -> dict[str, Any]:
        """What it saw so far."""
        seen: dict[str, Any] = httpx.get(f"{self.url}/_sandbox/summary", trust_env=False).json()
        return seen


@contextmanager
def sandbox(code: Path, port: int) -> Iterator[Sandbox]:
    """Started from the release's code, sending its webhooks to this port."""
    here = f"http://127.0.0.1:{port}"
    words = [word for option in DAY.items() for word in option]
    words += ["--webhook-url", f"{here}/webhooks/minivoice", "--answer-url", f"{here}/answer", "--fetch-answers"]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "entrypoints.sandbox", "--port", "0", *words],
        env={**os.environ, "PYTHONPATH": str(code)},  # noqa: TID251 - the child's environment
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            ready = process.stdout.readline() if process.stdout else ""
            yield Sandbox(ready.strip().removeprefix("sandbox ready "))
        finally:
            process.terminate()


def until(what: str, condition: Callable[[], bool]) -> None:
    """Wait for a condition; raises `TimeoutError` by name where it does not come."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


class Play:
    """A day with everything in it that an installation of the release may have met."""

    def __init__(self, dialtrail: Dialtrail, provider: Sandbox, inputs: Path) -> None:
        self._dialtrail = dialtrail
        self._provider = provider
        self._inputs = inputs

    def to_the_kill(self) -> None:
        """All of it; at the end `up` is dead, with requests on the wire and people still to be called."""
        self._prepare()
        self._ask("POST", "/v1/campaigns/spring_followup/start", {"canary": 3})
        until("the canary is over", lambda: self._state("spring_followup") == "paused")
        self._ask("POST", "/v1/campaigns/spring_followup/revise", self._revision())
        self._ask("POST", "/v1/campaigns/spring_followup/resume")
        change = self._ask("POST", "/v1/campaigns/autumn_reminder/start")["change"]["change_id"]
        approve = f"/v1/campaigns/autumn_reminder/changes/{change}/approve"
        self._ask("POST", approve, {"reason": "read it"}, role="second")
        until("some were called", lambda: self._attempts() > 12)
        self._provider.change(balance="0.00")
        until("the account is paused", lambda: self._state("spring_followup") == "paused")
        until("each request was answered", lambda: not self._attempts("started"))
        self._provider.change(balance="none")
        self._ask("POST", "/v1/campaigns/spring_followup/resume")
        self._strange_deliveries()
        self._settle_one()
        until("half were called", lambda: self._attempts() > 30)
        self._provider.change(answer_delay=2.0)
        posts = self._provider.summary()["requests"]["total"]
        until(
            "requests are on the wire", lambda: self._provider.summary()["requests"]["total"] >= posts + ON_THE_WIRE_MIN
        )
        self._dialtrail.kill()

    def _prepare(self) -> None:
        for plan, people in (("campaign.toml", "recipients.csv"), ("reminder.toml", "reminded.csv")):
            self._command("campaign", "create", str(self._inputs / plan))
            campaign = "spring_followup" if plan == "campaign.toml" else "autumn_reminder"
            self._dialtrail.run("recipients", "import", campaign, str(self._inputs / people))  # some rows are refused
        self._ask("POST", "/v1/campaigns", {"id": "winter_notice", "from": "+15551230003"})
        self._ask("POST", "/v1/campaigns/winter_notice/cancel", {"reason": "no winter this year"})
        self._command("recipients", "suppress", "+15552000007", "--reason", "asked us not to")
        self._command("recipients", "suppress", "+15552000008", "--reason", "a mistake")
        self._command("recipients", "release", "+15552000008")

    def _revision(self) -> dict[str, Any]:
        shown = self._ask("GET", "/v1/campaigns/spring_followup")
        script = shown["script"]
        script["steps"]["goodbye"]["actions"] = [{"say": "Goodbye, and thank you."}]
        return {
            "limits": {"calls_per_second": 20, "calls_at_once": 12},
            "script": script,
            "reason": "it is quiet today",
        }

    def _strange_deliveries(self) -> None:
        """Signed, and unknown, unreadable, or about a call of somebody else."""
        for body in (
            b'{"event":"call.hummed","created_at":"2026-11-23T12:00:00Z","data":{"event_key":"h1"},"call":{"id":"call_foreign"}}',
            b'{"event":"call.completed","call":{}}',
            b"not JSON at all",
        ):
            stamp = str(int(time.time()))  # noqa: TID251 - the provider's clock
            signed = hmac.new(WEBHOOK_SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers = {"x-minivoice-timestamp": stamp, "x-minivoice-signature": f"v1={signed}"}
            url = f"http://127.0.0.1:{self._dialtrail.port}/webhooks/minivoice"
            httpx.post(url, content=body, headers=headers, trust_env=False).raise_for_status()

    def _settle_one(self) -> None:
        """A person says of an attempt in doubt that there was no call."""
        until("an attempt is in doubt", lambda: bool(self._ask("GET", "/v1/attempts")["items"]))
        attempt = self._ask("GET", "/v1/attempts")["items"][0]["attempt_id"]
        self._ask("POST", f"/v1/attempts/{attempt}/resolve", {"none": True, "redial": False})

    def _state(self, campaign: str) -> str:
        return str(self._ask("GET", f"/v1/campaigns/{campaign}")["state"])

    def _attempts(self, phase: str | None = None) -> int:
        counts = self._ask("GET", "/v1/campaigns/spring_followup")["summary"]["attempts"]
        return sum(counts.values()) if phase is None else counts[phase]

    def _ask(self, method: str, path: str, body: object = None, role: str = "operator") -> Any:
        answer = self._dialtrail.request(method, path, role=role, **({} if body is None else {"json": body}))
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def _command(self, *words: str) -> None:
        code, said = self._dialtrail.run(*words)
        if code:
            raise RuntimeError(f"dialtrail {' '.join(words)}: exit {code} {said}")


def keep(release: str, engine: Engine, code: Path, server: Server) -> None:
    """Play the day, and keep what the kill leaves."""
    inputs, kept = FIXTURES / release, FIXTURES / release / engine
    shutil.rmtree(kept, ignore_errors=True)
    (inputs / SETTINGS_FILE).write_text(SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(inputs / SETTINGS_FILE, folder)
        dialtrail = Dialtrail(code, Path(folder))
        if engine == "postgres":
            database = server.new_database()
            dialtrail.set(DIALTRAIL_DATABASE_URL=database)
        with sandbox(code, dialtrail.port) as provider:
            dialtrail.set(MINIVOICE_BASE_URL=provider.url, DIALTRAIL_RECONCILE_AFTER_SECONDS="2")
            try:
                dialtrail.start()
                Play(dialtrail, provider, inputs).to_the_kill()
            finally:
                dialtrail.stop()
        kept.mkdir()
        with tarfile.open(kept / HOME_FILE, "w:xz") as packed:
            packed.add(Path(folder) / HOME, HOME)
        if engine == "postgres":
            (kept / DUMP_FILE).write_bytes(lzma.compress(server.dump(database).encode()))


def ask(release: str, engine: Engine, code: Path, server: Server) -> None:
    """Keep what the release answers about what it left."""
    kept = FIXTURES / release / engine
    with tempfile.TemporaryDirectory() as folder, copied(release, engine, Path(folder), code) as dialtrail:
        if engine == "postgres":
            dialtrail.set(DIALTRAIL_DATABASE_URL=server.restored(read_dump(kept)))
        position = last_position(dialtrail)
        dialtrail.start()
        write_answers(kept, ((question, dialtrail.answer(question)) for question in questions(dialtrail, position)))


def last_position(dialtrail: Dialtrail) -> int:
    """The ledger's end, before `up` settles what the kill left."""
    _, said = dialtrail.run("status", "spring_followup", "--json")
    return int(json.loads(said)["position"])


def main() -> int:
    """Both engines, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", help="such as 0.1.0; its plans and people are in tests/fixtures/<release>/ already")
    parser.add_argument("--code", type=Path, required=True, help="a checkout of the release")
    given = parser.parse_args()
    with running() as server:
        for engine in ENGINES:
            keep(given.release, engine, given.code.resolve(), server)
            ask(given.release, engine, given.code.resolve(), server)
            print(f"kept {FIXTURES / given.release / engine}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
