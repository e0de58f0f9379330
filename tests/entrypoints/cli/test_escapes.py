"""No text of people or of the provider steers the terminal, or looks like a line of ours, by whatever command it is shown."""

import io
import re
import sys
from pathlib import Path

import pytest

from entrypoints.cli import connection
from entrypoints.cli.program import run
from tests.entrypoints.cli.hostile_answers import HOSTILE, Hostile, asks, steering_in
from tests.entrypoints.cli.terminal import Terminal
from tests.entrypoints.cli.test_lazy import every_command
from tests.entrypoints.pages.staging import GUARDED, fill
from tests.entrypoints.serving import Serving, payload, play

ROOM = Path(__file__).parents[3] / "entrypoints" / "cli"
WIDE = "100000"
TO = "+15551230002"
ASKED = (
    "account release +44",
    "account resume",
    "account show",
    "agents set c --free 1",
    "agents show c",
    "alerts",
    "alerts test",
    "calls list",
    "campaign approve c 1",
    "campaign callers c",
    "campaign cancel c",
    "campaign changes c",
    "campaign create campaign.json",
    "campaign decline c 1",
    "campaign history c",
    "campaign list",
    "campaign pause c",
    "campaign preflight c",
    f"campaign remove-caller c {TO} --reason r",
    "campaign resume c",
    "campaign revise c campaign.json --reason r --preview",
    "campaign revise c campaign.json --reason r --yes",
    "campaign show c",
    "campaign start c",
    "compare a b",
    "deliveries a",
    "divergence",
    "events a",
    f"explain c {TO}",
    "outcomes",
    "quarantine list",
    "quarantine read --all",
    "quarantine read d",
    f"recipients callback c {TO} --at 2026-05-30T09:00:00Z",
    f"recipients callback c {TO} --drop",
    f"recipients consent {TO} --purpose p --basis b --source s --at 2026-05-30T09:00:00Z",
    f"recipients consent {TO} --purpose p --revoke --reason r",
    f"recipients decline c {TO}",
    f"recipients decline c {TO} --lift",
    f"recipients erase {TO} --yes",
    f"recipients hold {TO} --reason r",
    "recipients import c people.csv --preview",
    "recipients import c people.csv --yes",
    "recipients list c",
    f"recipients release {TO}",
    "recipients suppress --file people.csv",
    f"recipients suppress {TO}",
    f"recipients unhold {TO}",
    "recording start a",
    "recording stop a",
    "resolve a --call c --yes",
    "resolve a --none --yes",
    "retention --kind variables --before 2026-05-01 --reason r --yes",
    "script check campaign.json",
    "script diff c 1 2",
    "script history c",
    "script preview campaign.json",
    "script rollback c 1 --reason r",
    "script rollback c 1 --reason r --preview",
    "status c",
    f"status c {TO}",
    "subscriptions create crm http://a.example/calls",
    "subscriptions delete crm",
    "subscriptions list",
    "subscriptions pause crm",
    "subscriptions replay crm --from 1",
    "subscriptions resend crm --all",
    "subscriptions resume crm",
    "subscriptions rotate crm",
    "subscriptions show crm",
    "suppressions list",
    "timeline a",
    "tokens",
    f"try {TO} +15551230003 --yes",
    "unresolved c",
    "what-if c --policy policy.json",
)
"""Each command with what it is told, of a server that is asked."""
OF_THE_FOLDER = (
    "capture -",
    "doctor",
    "doctor --views --all",
    "evidence spring_followup --out bundle",
    "forensics",
    "log keys",
    "log rotate-key --yes",
    "rebuild",
    "replay call_1",
    "verify",
    "copy --to there --yes",
)
"""Each that reads the data folder itself."""
NOT_PLAYED = {
    "account": "its group",
    "agents": "its group",
    "calls": "its group",
    "campaign": "its group",
    "demo": "its own campaign, with texts of ours",
    "dial": "a process; its log lines: tests/adapters/test_log_words.py",
    "export": "its group",
    "export calls": "files for programs, and rows of them on a terminal: tests/entrypoints/cli/test_output.py",
    "export events": "as export calls",
    "export recipients": "as export calls",
    "init": "writes files, and says their names",
    "log": "its group",
    "project": "as dial",
    "quarantine": "its group",
    "recipients": "its group",
    "recording": "its group",
    "sandbox": "a provider of one's own",
    "sandbox-set": "as sandbox",
    "script": "its group",
    "serve": "as dial",
    "subscriptions": "its group",
    "suppressions": "its group",
    "up": "as dial",
    "witness": "a process",
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands read, in the folder in which they are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDE)
    script = '{"start": "a", "steps": {"a": {"actions": [{"say": "a\\u001b[2J\\u202e"}], "end": true}}}'
    (tmp_path / "campaign.json").write_text(f'{{"id": "c", "from": "{TO}", "script": {script}}}')
    (tmp_path / "policy.json").write_text('{"attempts_max": 1}')
    (tmp_path / "people.csv").write_text(f"number\n{TO}\n")


def printed(monkeypatch: pytest.MonkeyPatch, line: str, out: io.TextIOBase) -> str:
    """What a command line prints: its data, and its talk, which goes elsewhere than to a terminal."""
    talk = io.StringIO()
    with monkeypatch.context() as streams:
        streams.setattr(sys, "stdout", out)
        streams.setattr(sys, "stderr", talk)
        run(line.split())
    out.seek(0)
    for fault in ("a fault in Dialtrail", "--help"):
        assert fault not in talk.getvalue(), (line, talk.getvalue())
    return out.read() + talk.getvalue()


def test_each_command_is_played_or_said_why_not() -> None:
    there = set(every_command())
    played = {name for name in there for line in ASKED + OF_THE_FOLDER if f"{line} ".startswith(f"{name} ")}

    assert sorted(there - played - NOT_PLAYED.keys()) == []
    assert sorted(NOT_PLAYED.keys() - there) == []


def test_whatever_a_server_answers_no_command_lets_it_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    shows = 0
    for nth, kind in enumerate((Terminal, io.StringIO)):
        monkeypatch.setattr(connection, "connect", asks(Hostile(nth)))
        for line in ASKED:
            shown = printed(monkeypatch, line, kind())
            shows += r"\x1b[2J" in shown
            if steering := steering_in(shown):
                found[line] = steering
    assert found == {}
    assert shows > len(ASKED)


class ByteTerminal(io.TextIOWrapper):
    """A terminal to which bytes can be written, too."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True


def test_whatever_a_ledger_holds_no_command_that_reads_it_lets_it_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = HOSTILE.replace("\0", "").replace("\\", "")
    said = dict.fromkeys(("name", "season", "note", "digits", "status", "code", "reason"), text)

    async def scene(stage: Serving) -> None:
        await fill(stage, {**said, "event": "call.\x1b[2J\x9b\u202e"})
        await stage.deliver(payload("call.created", "call_\u202e\u2066\u200b"))

    play(tmp_path / "home", scene, **GUARDED)
    shown = {line: printed(monkeypatch, line, ByteTerminal()) for line in OF_THE_FOLDER}
    assert {line: steering for line, text in shown.items() if (steering := steering_in(text))} == {}
    assert [line for line, text in shown.items() if "[2J" in text] == ["capture -"]


def test_what_is_asked_and_said_goes_by_what_makes_it_harmless() -> None:
    around = re.compile(r"(?<![.\w])(print|typer\.(?:echo|secho|confirm|prompt)|sys\.stderr\.write)\(")
    found = {path.name: seen for path in ROOM.rglob("*.py") if (seen := around.findall(path.read_text()))}

    assert found == {"output.py": ["sys.stderr.write", "typer.confirm"]}
