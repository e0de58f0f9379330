"""Each command that a page names, in a block that nobody runs or within a sentence, is there, with its options."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli.lazy import loaded
from entrypoints.cli.places import PLACES
from tests.docs.console import blocks

ROOT = Path(__file__).parents[2]
# What was decided or measured then is told in the words of then.
OF_THEIR_TIME = {"roadmap.md", "performance.md", "reliability.md"}
PAGES = [ROOT / "README.md", *sorted(one for one in (ROOT / "docs").glob("*.md") if one.name not in OF_THEIR_TIME)]
NAMED = re.compile(r"(?:^ {4}(?:\$ )?|^\$ |^|`)(?:\S*/)?dialtrail (?!is up)([a-z][^`\n]*)", re.MULTILINE)
ENDS = re.compile(r"[|&;>]|\s#|\s…")
SHELL = [(page.name, block.text) for page in PAGES for block in blocks(page.read_text()) if block.language == "sh"]


def named(page: Path) -> list[str]:
    """The commands of a page's blocks and sentences."""
    return [ENDS.split(found)[0] for found in NAMED.findall(page.read_text().replace("\\\n", " "))]


def what_is_wrong(line: str) -> str | None:
    """What of a command there is not; None where all is."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None  # cut off within a sentence
    place = PLACES.get(words[0])
    if place is None:
        return f"no command {words[0]}"
    command: Any = loaded(words[0], place)
    below = getattr(command, "commands", None)
    if below is not None and len(words) > 1 and words[1].islower() and words[1].isalpha():
        if words[1] not in below:
            return f"{words[0]} has no {words[1]}"
        command = below[words[1]]
    elif below is not None:
        return None
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    asked = {word.partition("=")[0].rstrip(",.)") for word in words[1:] if word.startswith("--")}
    return f"{words[0]} has no {', '.join(sorted(asked - known))}" if asked - known else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_that_a_page_names_is_there(page: Path) -> None:
    assert [(line, fault) for line in named(page) if (fault := what_is_wrong(line)) is not None] == []


def test_there_are_many() -> None:
    assert sum(len(named(page)) for page in PAGES) > 150


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("stop", "no command stop"),
        ("campaign begin spring", "campaign has no begin"),
        ("status spring --asof 3", "status has no --asof"),
        ("status spring --as-of 3", None),
    ],
)
def test_what_is_not_there_is_found(line: str, fault: str | None) -> None:
    assert what_is_wrong(line) == fault


@pytest.mark.parametrize(("page", "text"), SHELL)
def test_a_shell_can_read_each_block_that_is_for_one(page: str, text: str) -> None:
    read = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False, timeout=20)
    assert (page, read.stderr) == (page, "")
