import asyncio
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.command import sandbox, sandbox_set
from entrypoints.sandbox.options import written
from entrypoints.sandbox.problems import flag_of
from entrypoints.sandbox.running import Sandbox, running_sandbox
from entrypoints.sandbox.settings import extras

app = typer.Typer(add_completion=False)
app.command("sandbox")(sandbox)
app.command("sandbox-set")(sandbox_set)

CHANGEABLE = [name for name in SandboxSettings.model_fields if not extras(name)["fixed"]]
PLAIN = {"COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1"}


@pytest.fixture
def running() -> Iterator[Sandbox]:
    """A sandbox with two applications in a thread of its own, as the command asks and waits."""
    found: list[Sandbox] = []
    ready, ends = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with running_sandbox(SandboxSettings(api_keys=("one", "two"), balance=Decimal("5.00"))) as sandbox:
            found.append(sandbox)
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(ends.set)
    thread.join(10)
    loop.close()


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["sandbox-set", *words], env=PLAIN)
    return result.exit_code, result.stdout, result.stderr


def test_it_changes_limits_money_and_misbehaviours_and_prints_what_they_are_now(running: Sandbox) -> None:
    code, said, talk = run(
        *("--url", running.url, "--add-balance", "10.00", "--calls-per-second", "5", "--drop-rate", "0.2"),
        *("--drop-events", "call.completed,call.failed", "--no-rate-prefix", "+44", "--no-rate-prefix", "+49"),
        *("--ring-seconds", "1:2", "--no-active-trunk", "--webhook-secret", "s3cret"),
    )
    assert (code, talk) == (0, "")
    assert said.splitlines() == [
        "--calls-per-second 5",
        "--no-rate-prefix +44,+49",
        "--no-active-trunk",
        "--ring-seconds 1:2",
        "--webhook-secret (changed)",
        "--drop-rate 0.2",
        "--drop-events call.completed,call.failed",
        "balance app_1 15.00",
        "balance app_2 15.00",
    ]
    now = running.settings
    assert (now.calls_per_second, now.drop_events, now.no_active_trunk, now.webhook_secret) == (
        5,
        ("call.completed", "call.failed"),
        True,
        "s3cret",
    )


def test_what_was_set_is_cleared_again(running: Sandbox) -> None:
    url = ("--url", running.url)
    run(*url, "--no-active-trunk", "--revoke-keys", "--drop-events", "call.failed", "--spend-limit", "1")
    code, said, _ = run(
        *url, "--active-trunk", "--restore-keys", "--drop-events", "all", "--spend-limit", "none", "--balance", "none"
    )
    assert code == 0
    assert said.splitlines() == [
        "--active-trunk",
        "--restore-keys",
        "--balance none",
        "--spend-limit none",
        "--drop-events all",
        "balance app_1 unlimited",
        "balance app_2 unlimited",
    ]
    assert running.settings == SandboxSettings(api_keys=("one", "two"))


def test_callers_and_answers_are_set_and_cleared_too(running: Sandbox) -> None:
    url = ("--url", running.url)
    code, said, talk = run(
        *(*url, "--fetch-answers", "--fetch-only", "api,inbound", "--answer-fields", "all", "--answer-method", "GET"),
        *("--answer-fields-in", "headers", "--gather-report", "mixed", "--press", "1,silent", "--press", "42#"),
    )
    assert (code, talk) == (0, "")
    assert said.splitlines() == [
        "--fetch-answers",
        "--fetch-only api,inbound",
        "--answer-method GET",
        "--answer-fields-in headers",
        "--answer-fields call_id,from,to",
        "--gather-report mixed",
        "--press 1,silent,42#",
    ]
    _, said, _ = run(*url, "--no-fetch-answers", "--fetch-only", "all", "--answer-fields", "none", "--press", "none")
    assert said.splitlines() == ["--no-fetch-answers", "--fetch-only all", "--answer-fields none", "--press none"]


def test_what_it_prints_for_a_list_without_names() -> None:
    assert written("no_rate_prefixes", []) == "--no-rate-prefix none"


def test_json_is_everything_that_it_is(running: Sandbox) -> None:
    code, said, _ = run("--url", running.url, "--add-balance", "-1", "--application", "app_2", "--json", "--show")
    now: dict[str, Any] = orjson.loads(said)
    assert (code, list(now), now["settings"]["balance"]) == (0, ["settings", "applications", "summary"], "5.00")
    assert [application["balance"] for application in now["applications"]] == ["5.00", "4.00"]
    assert now["summary"] == orjson.loads(orjson.dumps(running.summary()))


def test_the_summary_is_shown_a_line_a_count(running: Sandbox) -> None:
    code, said, _ = run("--url", running.url + "/", "--show")
    assert code == 0
    assert {"posts 0", "posts_by_to 0 numbers", "deliveries.tries 0", "applications.app_2.balance 5.00"} <= set(
        said.splitlines()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to do: name what to change"),
        (["--drop-rate", "2"], "--drop-rate: "),
        (["--drop-rate", "often"], "--drop-rate"),
        (["--ring-seconds", "2:1"], "--ring-seconds: write MIN:MAX"),
        (["--drop-events", "call.lost"], "--drop-events: "),
        (["--balance", "lots"], "--balance: "),
        (["--port", "1"], "--port"),
        (["--press", "1,two"], "--press: not of the right form"),
        (["--answer-fields", "call_id,age"], "--answer-fields: "),
        (["--redirects-max", "21"], "--redirects-max: "),
        (["--add-balance", "much"], "--add-balance: write an amount such as 10.00"),
        (["--add-balance", "1", "--balance", "2"], "--add-balance: leave it out with --balance"),
        (["--application", "app_1", "--show"], "--application: "),
        (["--url", "localhost:8099", "--show"], "--url: write it like http://127.0.0.1:8099"),
        (["--url", "http://[:::", "--show"], "--url: write it like http://127.0.0.1:8099"),
    ],
)
def test_a_wrong_word_is_named_and_asks_nobody(words: list[str], said: str) -> None:
    code, data, talk = run(*words)
    assert (code, data, said in talk) == (2, "", True)


def test_what_the_sandbox_refuses_is_a_wrong_word_too(running: Sandbox) -> None:
    code, data, talk = run("--url", running.url, "--add-balance", "1", "--application", "app_3")
    assert (code, data, "no such application" in talk) == (2, "", True)


def test_nobody_there_is_one_line_that_says_what_to_do() -> None:
    code, data, talk = run("--url", "http://127.0.0.1:1", "--show")
    assert (code, data, len(talk.splitlines())) == (1, "", 1)
    assert talk.startswith("sandbox-set: no sandbox answers at http://127.0.0.1:1 (ConnectError); start one with ")


class SomebodyElse(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


def test_somebody_else_there_is_said_so() -> None:
    with HTTPServer(("127.0.0.1", 0), SomebodyElse) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        code, _, talk = run("--url", url, "--show")
        thread.join()
    assert (code, talk.startswith(f"sandbox-set: {url} is not a sandbox: it answers 200")) == (1, True)


def test_every_changeable_setting_is_an_option_with_help() -> None:
    _, shown, _ = run("--help")
    for name in CHANGEABLE:
        assert f"{flag_of(name)} " in shown
        assert (extras(name)["off"] or "") in shown
    assert "--log-lines-max" not in shown
    assert "Example: dialtrail sandbox-set" in shown
