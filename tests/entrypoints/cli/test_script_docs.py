"""What the page on scripts says is what the code has, and what its command prints."""

import re
import tomllib
from pathlib import Path
from textwrap import dedent

from adapters.documents.campaign import parse_campaign
from adapters.documents.script import ActionInput, GatherInput, ScriptInput, StepInput
from domain.script import SAFE_TEXT
from domain.script import limits as limit
from tests.entrypoints.cli.conftest import Run

PAGE = (Path(__file__).parents[3] / "docs" / "scripts.md").read_text()
NAME = re.compile(r"`([^`]+)`")


def blocks() -> list[str]:
    """The page's indented blocks, each as it would be in a file of its own."""
    return [dedent(block) for block in re.findall(r"(?:^(?: {4}.*)?\n)+", PAGE, re.MULTILINE) if block.strip()]


def first_cells(title: str) -> list[str]:
    """What stands in backticks in the first cell of each row of the tables under a heading."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in rows for name in NAME.findall(cell)]


def test_the_page_has_every_field_and_action_once() -> None:
    steps = set(StepInput.model_fields) - {"actions"}

    assert sorted(first_cells("A script")) == sorted([*ScriptInput.model_fields, *steps, *ActionInput.model_fields])
    for field in GatherInput.model_fields:
        assert f"`{field}`" in PAGE


def test_the_example_is_sound_and_previewed_as_printed(dialtrail: Run, tmp_path: Path) -> None:
    commands, example, printed, *_ = blocks()
    (tmp_path / "spring.toml").write_text(example)

    assert parse_campaign(tomllib.loads(example))[1].script is not None
    assert "dialtrail script preview spring.toml --var name=Ada" in commands
    data = dialtrail("script", "preview", "spring.toml", "--var", "name=Ada").data
    assert data.strip() == printed.strip()


def test_the_page_has_the_limits_that_the_code_has() -> None:
    for said in (
        f"1 to {limit.STEPS_MAX} steps",
        f"at most {limit.STEP_NAME_CHARS_MAX}",
        f"at most {limit.ACTIONS_A_STEP_MAX}, in order",
        f"1 (the default) to {limit.TRIES_MAX}",
        f"(to {limit.DIGITS_MAX};",
        f"1 to {limit.GATHER_TIMEOUT_SECONDS_MAX}, default {limit.GATHER_TIMEOUT_SECONDS_DEFAULT}",
        f"up to {limit.TEXT_CHARS_MAX:,} characters, with up to {limit.PLACEHOLDERS_A_TEXT_MAX} variables",
        f"up to {limit.SENT_DIGITS_MAX} of",
        f"the pause up to {limit.PAUSE_BEFORE_MS_MAX:,}",
        f"cut at {limit.VARIABLE_VALUE_CHARS_MAX} characters",
        f"at most {limit.DOCUMENTS_A_CALL_MAX} answers",
        f"more than {limit.ACTIONS_A_DOCUMENT_MAX}",
        f"at most {limit.BRANCHES_MAX} |",
        SAFE_TEXT,
    ):
        assert said in PAGE, said
