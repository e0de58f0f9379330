import io
import sys

import pytest
from rich.console import Console

from entrypoints.cli.demo.progress import Progress

RUNNING = {"state": "running", "recipients": {"queued": 3, "held": 0, "reached": 1}}
DONE = {"state": "running", "recipients": {"queued": 0, "reached": 4}}


def test_off_a_terminal_a_line_is_said_when_something_moved_and_not_too_often(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Progress() as progress:
        progress.show(0.0, RUNNING)
        progress.show(0.2, DONE)
        progress.show(1.2, RUNNING)
        progress.show(2.4, DONE)

    assert capsys.readouterr().err.splitlines() == ["   0 s  3 queued, 1 reached", "   2 s  4 reached"]


def test_on_a_terminal_there_is_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(
        "entrypoints.cli.demo.progress.console",
        lambda **_: Console(file=terminal, force_terminal=True, width=80, no_color=True),
    )

    with Progress() as progress:
        progress.show(1.4, RUNNING)

    shown = terminal.getvalue()
    assert "running, 1 s" in shown
    assert "█" * 30 in shown
