"""The scripts for looking into retried webhooks: each is a command under another name."""

import ast
import io
import os
import runpy
import subprocess
import sys
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.capture_file import Captured, captured_line
from entrypoints.settings import child_environment
from tests.entrypoints.cli.told_deliveries import CREATED, body
from tests.in_this_process import run_here
from tests.projections.recording import at

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts" / "replay"
NAMES = ("list_deliveries", "replay", "effects", "wrong_statuses")


def ran(name: str, folder: Path, *words: str) -> tuple[int, str, str]:
    """Run in this process, from a folder of one's own."""
    data, talk = io.StringIO(), io.StringIO()
    path = str(SCRIPTS / f"{name}.py")
    with ExitStack() as stack:
        environment = child_environment({"DIALTRAIL_HOME": str(folder / "data")})
        stack.enter_context(patch.dict(os.environ, environment, clear=True))  # noqa: TID251 - the script's own
        stack.enter_context(patch.object(sys, "path", [*sys.path]))
        stack.enter_context(patch.object(sys, "argv", [path, *words]))
        stack.enter_context(chdir(folder))
        stack.enter_context(redirect_stdout(data))
        stack.enter_context(redirect_stderr(talk))
        ended = stack.enter_context(pytest.raises(SystemExit))
        runpy.run_path(path, run_name="__main__")
    assert isinstance(ended.value.code, int)
    return ended.value.code, data.getvalue(), talk.getvalue()


def started(name: str, folder: Path, *words: str) -> tuple[int, str, str]:
    """Started as a person starts it, from a folder of their own."""
    environment = child_environment({"DIALTRAIL_HOME": str(folder / "data")})
    command = [str(SCRIPTS / f"{name}.py"), *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def with_data(folder: Path) -> Path:
    """The folder, with a ledger in it."""
    plan = folder / "plan.json"
    plan.write_text('{"id": "spring_followup", "from": "+15551230001"}')
    made = run_here(
        ["campaign", "create", plan.name], folder, child_environment({"DIALTRAIL_HOME": str(folder / "data")})
    )
    assert made.code == 0, made.talk
    return folder


def captured(folder: Path) -> str:
    file = folder / "hooks of mine.jsonl"
    file.write_bytes(captured_line(Captured(received_at=at(0), headers={}, body=body(CREATED, 0).encode())))
    return file.name


def test_these_are_all_scripts() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_is_executable_and_says_how_it_is_used(name: str) -> None:
    path = SCRIPTS / f"{name}.py"
    said = ast.get_docstring(ast.parse(path.read_text())) or ""

    assert os.access(path, os.X_OK)
    assert f"\nscripts/replay/{name}.py " in said
    assert "The same as `dialtrail " in said


def test_replay_shows_the_state_after_each_step(tmp_path: Path) -> None:
    code, data, talk = started("replay", tmp_path, "--file", captured(tmp_path))

    assert (code, talk) == (0, "")
    assert data.splitlines()[0].endswith("then it stands")


def test_effects_say_what_would_change_here_today(tmp_path: Path) -> None:
    code, data, talk = ran("effects", with_data(tmp_path), "--file", captured(tmp_path))

    assert (code, talk) == (0, "")
    assert data.splitlines()[0] == "if they came today, the ledger would add:"
    assert data.splitlines()[1].startswith("  1: call.created")


def test_list_deliveries_asks_for_a_call(tmp_path: Path) -> None:
    assert ran("list_deliveries", with_data(tmp_path), "call_1") == (
        1,
        "",
        "dialtrail: no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids\n",
    )


def test_wrong_statuses_asks_for_a_ledger(tmp_path: Path) -> None:
    code, _, talk = ran("wrong_statuses", tmp_path)

    assert (code, talk.startswith("dialtrail: DIALTRAIL_HOME: there is no ledger in ")) == (2, True)
