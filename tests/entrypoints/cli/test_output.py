import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.output import plain_table, visible, write_json, write_table
from entrypoints.settings import child_environment
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.test_calls import TIMELINE

CHECKOUT = Path(__file__).parents[3]


def on_a_terminal(url: str, columns: int, *arguments: str, **more: str) -> str:
    """What the command prints on a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    environment = child_environment({"DIALTRAIL_URL": url, "COLUMNS": str(columns), "TERM": "xterm", **more})
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 65_536):
                shown += some
        except OSError:  # how Linux says that the other end of a terminal has gone
            pass
        os.close(ours)
        assert process.wait(timeout=20) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def test_a_plain_table_is_as_wide_as_its_cells() -> None:
    assert plain_table(("name", "count"), [("a" * 6, "5"), ("世界", "12345678")], right=("count",)) == [
        "name       count",
        "aaaaaa         5",
        "世界    12345678",
    ]


def test_off_a_terminal_a_long_cell_stays_whole(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("reason", "n"), [("why " * 200 + "end", 1)])

    assert capsys.readouterr().out.splitlines()[1] == "why " * 200 + "end" + "  1"


def test_control_characters_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("reason",), [("red \x1b[31m\nnext é 世",)])

    assert capsys.readouterr().out.splitlines() == ["reason", "red \\x1b[31m\\nnext é 世"]
    assert visible("plain") == "plain"


def test_json_is_one_line_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": [1, {"b": "é"}]})

    assert capsys.readouterr().out == '{"a":[1,{"b":"é"}]}\n'


def test_on_a_terminal_a_long_cell_folds_and_nothing_is_lost(api: FakeApi) -> None:
    name = "c" + "0123456789" * 6
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [{**CAMPAIGN, "id": name}], "next": None})

    shown = on_a_terminal(api.url, 60, "campaign", "list", NO_COLOR="1")

    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= 60
    below_header = next(place for place, line in enumerate(lines) if line.startswith("c0"))
    assert "".join(line.split(" ")[0] for line in lines[below_header:]) == name


def test_on_a_terminal_json_is_indented_and_headers_are_bold_unless_no_color(api: FakeApi) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [], "next": None})

    assert (
        on_a_terminal(api.url, 80, "campaign", "list", "--json")
        == json.dumps({"items": [], "next": None}, indent=2) + "\n"
    )
    assert "\x1b[1m" in on_a_terminal(api.url, 80, "campaign", "list")
    assert "\x1b[3" not in on_a_terminal(api.url, 80, "campaign", "list", NO_COLOR="1")


def test_off_a_terminal_there_is_no_colour_whatever_is_claimed(api: FakeApi) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [CAMPAIGN], "next": None})

    printed = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", "campaign", "list"],
        cwd=CHECKOUT,
        env=child_environment({"DIALTRAIL_URL": api.url, "FORCE_COLOR": "1", "COLUMNS": "20"}),
        capture_output=True,
        check=True,
    )

    assert b"\x1b" not in printed.stdout + printed.stderr
    assert printed.stdout.splitlines()[1].startswith(b"spring_followup  running  ")


def test_a_timeline_of_one_day_says_the_day_once_on_a_terminal(api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/call_123/timeline", TIMELINE)

    shown = on_a_terminal(api.url, 160, "timeline", "call_123")

    assert shown.count("2026-05-29") == 1
    assert "12:00:03.000000Z  12:00:04.123456Z  call.answered" in shown
