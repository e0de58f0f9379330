import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from adapters.printable import visible
from entrypoints.cli.export.sheet import Format, Sheet
from entrypoints.cli.output import plain_table, say, styled, write, write_json, write_table
from entrypoints.cli.stacked import DEEPER, INDENT, WIDEST_CHARACTER, stacked
from entrypoints.settings import child_environment
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import Terminal, on_a_terminal, without_colours
from tests.entrypoints.cli.test_calls import TIMELINE

CHECKOUT = Path(__file__).parents[3]


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


STEERING = ["\x1b[2J", "\x9b2J", "\x9d0;title\x9c", "\u202eevil", "\u2066a\u2069", "\u200f", "\x7f", "\U000e0041"]


@pytest.mark.parametrize("text", STEERING)
def test_json_on_a_terminal_steers_it_by_nothing_and_is_the_same_json(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    write_json({text: [text, "é 世\n"]})
    Sheet(screen, Format.JSONL, ("a",)).add([{"a": text}])
    shown, _, line = screen.getvalue().rpartition("\n{")
    assert screen.getvalue().replace("\n", "").isprintable()
    assert json.loads(shown) == {text: [text, "é 世\n"]}
    assert json.loads("{" + line) == {"a": text}
    assert "é 世" in shown


@pytest.mark.parametrize("text", STEERING)
def test_words_on_a_terminal_and_off_it_steer_nothing(capsys: pytest.CaptureFixture[str], text: str) -> None:
    write(text)
    write_table(("name",), [(text,)])
    say(text)
    said = capsys.readouterr()
    assert (said.out + said.err).replace("\n", "").isprintable()


def test_json_is_one_line_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": [1, {"b": "é"}]})

    assert capsys.readouterr().out == '{"a":[1,{"b":"é"}]}\n'


def test_on_a_terminal_a_row_that_does_not_fit_is_stacked_and_nothing_is_lost(api: FakeApi) -> None:
    name = "c" + "0123456789" * 7
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [{**CAMPAIGN, "id": name}], "next": None})

    lines = without_colours(on_a_terminal(api.url, 60, "campaign", "list", NO_COLOR="1")).splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[0] + lines[1].strip() == name
    assert lines[2:] == [
        "    state running  recipients 32  reached 20  queued 12",
        "    unresolved 0  created 2026-05-29T12:00:00.000000Z",
    ]


@pytest.mark.parametrize("columns", [1, 2, 7, 30])
@pytest.mark.parametrize("cells", [("a", "b"), ("世界" * 9, "x y " * 9), ("", ""), ("a" * 40, "\u202e" * 9)])
def test_however_narrow_the_terminal_all_cells_are_shown(columns: int, cells: tuple[str, str]) -> None:
    console = Console(file=Terminal(), width=columns)
    rows = [[styled(cell, "") for cell in cells]] * 2

    lines = [line.plain for line in stacked(("one", "two"), rows, (), ("one",), console)]

    shown = "".join("".join(lines).split())
    expected = "".join(visible(cells[0]) + ("two" + visible(cells[1]) if cells[1] else "") for _ in rows)
    assert shown == "".join(expected.split())
    assert all(cell_len(line) <= max(columns, len(INDENT + DEEPER) + WIDEST_CHARACTER) for line in lines)


def test_text_on_a_terminal_wraps_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "20")
    write("- one two three four five six")
    write("")
    write("one two three four five six", "bold")
    assert without_colours(screen.getvalue()).splitlines() == [
        "- one two three four",
        "  five six",
        "",
        "one two three four",
        "five six",
    ]


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
    assert "on 2026-05-29, UTC" in shown
    assert "12:00:03.000000  12:00:04.123456  call.answered" in shown


def test_a_style_is_for_terminals_only(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    write("a\x1bb", "red")
    write_table(("one", "two"), [(styled("x\n", "red"), styled(None, "red"))])
    assert capsys.readouterr().out == "a\\x1bb\none  two\nx\\n\n"

    api.answers("GET", "/v1/campaigns/spring_followup", CAMPAIGN)
    assert "\x1b[1;32mspring_followup: running\x1b[0m\n" in on_a_terminal(api.url, 80, "status", "spring_followup")
    assert "\x1b[32m" not in on_a_terminal(api.url, 80, "status", "spring_followup", NO_COLOR="1")
