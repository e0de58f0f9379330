import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from entrypoints.cli.lazy import loaded
from entrypoints.cli.places import PLACES
from entrypoints.settings import child_environment
from tests.child_process import ChildProcess
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.examples import are_all_tried

CHECKOUT = Path(__file__).parents[3]


def of(group: str, verbs: str) -> set[str]:
    return {f"{group} {verb}".strip() for verb in verbs.split()}


COMMANDS = {
    *of(
        "",
        "demo init doctor up serve dial project sandbox sandbox-set explain tokens outcomes status unresolved resolve timeline compare",
    ),
    *of(
        "",
        "deliveries replay capture forensics try events rebuild alerts copy witness divergence verify evidence what-if retention",
    ),
    *of("log", "keys rotate-key"),
    *of("campaign", "create list show preflight start pause resume cancel revise changes approve decline callers"),
    *of("campaign", "remove-caller history"),
    *of("recipients", "callback consent decline erase hold import list suppress release unhold"),
    *of("subscriptions", "list create show rotate pause resume replay resend delete"),
    *of("agents", "set show"),
    *of("script", "check preview history diff rollback"),
    *of("suppressions", "list"),
    *of("calls", "list"),
    *of("recording", "start stop"),
    *of("account", "show release resume"),
    *of("quarantine", "list read"),
    *of("export", "recipients calls events"),
    *of("alerts", "test"),
}


def commands(group: Any, words: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{words}{name} ")
            if command.invoke_without_command:
                yield f"{words}{name}"
        else:
            yield f"{words}{name}"


def test_these_are_all_commands() -> None:
    top = {name: loaded(name, place) for name, place in PLACES.items()}
    assert set(commands(SimpleNamespace(commands=top))) == COMMANDS


@pytest.mark.parametrize("name", PLACES)
def test_the_list_of_commands_says_what_the_command_says_of_itself(name: str) -> None:
    assert PLACES[name].help == loaded(name, PLACES[name]).help.split("\n\n")[0]


def test_the_operating_page_has_every_command_and_no_other() -> None:
    page = (CHECKOUT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| (`dialtrail [^|]+) \|", page, re.MULTILINE)

    named: set[str] = set()
    for row in rows:
        group = ""
        for words in re.findall(r"`([^`]+)`", row):
            command = words.removeprefix("dialtrail ")
            group = command.rpartition(" ")[0] if words != command else group
            named.add(command if words != command else f"{group} {command}")
    assert named == COMMANDS


@pytest.mark.parametrize(
    "words",
    sorted(COMMANDS | {"campaign", "script", "recipients", "calls", "account", "recording", "quarantine", "export"}),
)
def test_the_help_of_each_command_has_an_example_of_it(words: str, dialtrail: Run) -> None:
    code, data, talk = dialtrail(*words.split(), "--help")

    example = next(line for line in data.splitlines() if line.strip().startswith("Example: "))
    assert f"dialtrail {words}" in example
    assert (code, talk) == (0, "")


def test_without_words_it_shows_the_help(dialtrail: Run) -> None:
    assert dialtrail() == dialtrail("--help")
    assert dialtrail().code == 0


def test_the_version_is_data(dialtrail: Run) -> None:
    code, data, talk = dialtrail("--version")

    assert re.fullmatch(r"dialtrail \S+, Python 3\.\d+\.\d+, SQLite 3\.[\d.]+\n", data)
    assert (code, talk) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str, dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Else Typer looks which shell the tests themselves were started from.
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    code, data, talk = dialtrail("--show-completion", shell)

    assert (code, talk) == (0, "")
    assert "_DIALTRAIL_COMPLETE" in data


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["timelin"], "dialtrail: No such command 'timelin'. Did you mean 'timeline'? See: dialtrail --help\n"),
        (
            ["status", "spring_followup", "--as_of", "3"],
            "dialtrail: No such option: --as_of (Possible options: --as-of, --json) See: dialtrail status --help\n",
        ),
        (
            ["campaign", "start", "spring_followup", "--canaries=3"],
            "dialtrail: No such option: --canaries (Possible options: --canary) See: dialtrail campaign start --help\n",
        ),
        (
            ["recipients", "suppress", "+15551230002", "--foo"],
            "dialtrail: No such option: --foo See: dialtrail recipients suppress --help\n",
        ),
        (["campaign"], "dialtrail: Missing command. See: dialtrail campaign --help\n"),
        (["status"], "dialtrail: Missing argument 'CAMPAIGN'. See: dialtrail status --help\n"),
        (["demo", "--recipients", "x"], "See: dialtrail demo --help\n"),
    ],
)
def test_wrong_words_are_one_line_and_exit_2(words: list[str], said: str, dialtrail: Run) -> None:
    code, data, talk = dialtrail(*words)

    assert (code, data, talk.count("\n")) == (2, "", 1)
    assert talk.endswith(said)


@pytest.mark.usefixtures("ledger")
def test_an_argument_without_a_letter_is_one_line_and_exits_2(dialtrail: Run) -> None:
    said = "dialtrail: arguments: one of them is empty; write the id or the number\n"
    assert dialtrail("status", "") == (2, "", said)


def test_a_wrong_setting_is_one_line_and_exits_2(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_PORT", "eighty")

    assert dialtrail("campaign", "list") == (
        2,
        "",
        "dialtrail: DIALTRAIL_PORT: cannot be used; write a port from 0 (any free one) to 65535\n",
    )
    assert dialtrail("up").code == 2


def test_a_mistyped_setting_is_a_warning(dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    api.answers("GET", "/v1/campaigns/a", {**CAMPAIGN, "id": "a"})
    monkeypatch.setenv("DIALTRAIL_PROT", "1")

    code, _, talk = dialtrail("status", "a")

    assert (code, talk) == (0, "warning: DIALTRAIL_PROT is not a setting; did you mean DIALTRAIL_PORT?\n")


def test_up_asks_for_the_api_key(dialtrail: Run) -> None:
    code, data, talk = dialtrail("up")

    assert (code, data) == (2, "")
    assert talk.startswith("dialtrail: MINIVOICE_API_KEY: is not set; ")


def test_up_refuses_a_public_url_below_a_path_of_its_own(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVOICE_API_KEY", "mv_live_made_up")
    monkeypatch.setenv("MINIVOICE_WEBHOOK_SECRET", "made-up")
    monkeypatch.setenv("DIALTRAIL_ANSWER_TOKEN", "made-up-token-of-answers")
    monkeypatch.setenv("DIALTRAIL_TOKENS", "olga:operator:made-up-token-of-olga")
    monkeypatch.setenv("DIALTRAIL_PUBLIC_URL", "https://office.example.test/v1")

    code, data, talk = dialtrail("up")

    assert (code, data) == (2, "")
    assert talk == (
        "dialtrail: DIALTRAIL_PUBLIC_URL: https://office.example.test/v1 has the path /v1, and /v1 is where programs on "
        "this machine find the API; take another, such as https://office.example.test/dialtrail\n"
    )


def test_up_with_the_sandbox_refuses_a_real_key_and_says_where_it_stands(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "dialtrail.env").write_text("MINIVOICE_API_KEY=mv_live_real\n")
    (tmp_path / "dialtrail.env").chmod(0o600)

    code, data, talk = dialtrail("up", "--sandbox")

    assert (code, data, talk.count("\n")) == (2, "", 1)
    assert talk.startswith("dialtrail: MINIVOICE_API_KEY: is set (dialtrail.env, line 1), and the sandbox would mix")
    assert "mv_live_real" not in talk
    assert not (tmp_path / "home").exists()


def test_a_fault_of_ours_is_one_line_too(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/campaigns/a", {"id": "a"})

    code, data, talk = dialtrail("status", "a")

    assert (code, data, talk.count("\n")) == (1, "", 1)
    assert talk.startswith("dialtrail: a fault in Dialtrail: KeyError: 'state' (")


def test_when_the_reader_of_its_output_goes_it_ends_quietly(api: FakeApi) -> None:
    many = [{**CAMPAIGN, "id": f"campaign_{nth}"} for nth in range(5_000)]
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": many, "next": None})

    with start("campaign", "list") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        code = process.wait(timeout=20)

    assert (code, said) == (1, b"")


ENCODINGS = [("latin-1", b"caf\xe9 \\u2717"), ("ascii", b"caf\\xe9 \\u2717")]


@pytest.mark.parametrize(("encoding", "shown"), ENCODINGS if are_all_tried() else ENCODINGS[:1])
def test_what_the_output_has_no_character_for_is_escaped(api: FakeApi, encoding: str, shown: bytes) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [{**CAMPAIGN, "id": "café ✗"}], "next": None})

    def listed(*more: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "entrypoints.cli", "campaign", "list", *more]
        environment = child_environment({"DIALTRAIL_URL": api.url}) | {"PYTHONIOENCODING": encoding}
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, check=True, timeout=60)

    assert listed().stdout.splitlines()[1].startswith(shown + b" ")
    assert json.loads(listed("--json").stdout.decode(encoding))["items"][0]["id"] == "café ✗"


def test_ctrl_c_ends_it_with_130(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.json"
    os.mkfifo(fifo)
    with start("campaign", "create", str(fifo)) as process:
        with fifo.open("wb"):  # opens once the command reads from the other end, and is then held open
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=20)
        assert process.stderr is not None
        said = process.stderr.read()

    assert (code, said) == (130, b"dialtrail: interrupted\n")


def start(*arguments: str) -> ChildProcess[bytes]:
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    return ChildProcess(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("command", ["serve", "dial", "project"])
def test_a_part_by_itself_takes_postgresql_and_says_so(dialtrail: Run, command: str) -> None:
    code, data, talk = dialtrail(command)

    assert (code, data) == (2, "")
    assert talk == (
        f"dialtrail: DIALTRAIL_DATABASE_URL: is not set, and `dialtrail {command}` is one of several processes on one "
        "PostgreSQL; set it to postgresql://…, or run all parts in one process: dialtrail up\n"
    )
