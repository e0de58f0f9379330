import sys

import pytest
from rich.console import Console

from entrypoints.cli.demo.progress import Progress
from tests.entrypoints.cli.terminal import Terminal

RUNNING = {"state": "running", "recipients": {"queued": 3, "held": 0, "reached": 1}}
DONE = {"state": "running", "recipients": {"queued": 0, "reached": 4}}


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_off_a_terminal_a_line_is_said_when_something_moved_and_not_too_often(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with Progress(clock) as progress:
        for seconds, campaign in ((0.0, RUNNING), (0.2, DONE), (1.2, RUNNING), (2.4, DONE)):
            clock.seconds = 100.0 + seconds
            progress.show(campaign)

    assert capsys.readouterr().err.splitlines() == ["   0 s  (3 queued, 1 reached)", "   2 s  (4 reached)"]


def test_what_happens_is_told_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(clock) as progress:
        clock.seconds += 12
        progress.tell("topped up")

    assert capsys.readouterr().err == "  12 s  topped up\n"


def test_on_a_terminal_there_is_one_table_with_what_happened_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(
        "entrypoints.cli.demo.progress.console",
        lambda **_: Console(file=terminal, force_terminal=True, width=80, no_color=True),
    )
    clock = Clock()

    with Progress(clock) as progress:
        clock.seconds += 1.4
        progress.show(RUNNING)
        progress.tell("topped up")

    shown = terminal.getvalue()
    assert "running, 1 s" in shown
    assert "█" * 30 in shown
    assert "   1 s  topped up" in shown
