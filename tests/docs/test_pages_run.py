"""Whoever follows these pages, command by command, sees what they show."""

from pathlib import Path

import pytest

from tests.docs.console import Terminal
from tests.journeys.processes import free_port

# In this order: each goes on where the one before ended.
PAGES = ("tutorial.md", "examples.md", "troubleshooting.md")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.timeout(300)
def test_the_tutorial_and_what_follows_it_do_what_they_show(tmp_path: Path) -> None:
    ports = {"8080": str(free_port()), "8099": str(free_port())}
    environ = {"DIALTRAIL_PORT": ports["8080"], "DIALTRAIL_SANDBOX_PORT": ports["8099"]}
    with Terminal(tmp_path, ports, **environ) as terminal:
        counts = [terminal.follow((DOCS / name).read_text()) for name in PAGES]

    assert all(counts), "a page has nothing that can be run"
