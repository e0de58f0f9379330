"""README's commands, word for word, in a folder that stands for the clone."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from entrypoints.settings import VARIABLES
from tests.child_process import ChildProcess
from tests.journeys.processes import API_KEY, ROOT, WEBHOOK_SECRET, free_port, sandbox_process

BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS_MAX = 240.0
OUTSIDE = {name: value for name, value in os.environ.items() if name not in VARIABLES}  # noqa: TID251 - the child's own
STAYS = re.compile(r"\bdialtrail up\b")
UNTIL_UP = """
trap 'kill $! && wait $!' EXIT
until grep -q "dialtrail is up" {log}; do kill -0 $! || exit 1; sleep 0.05; done
"""
ENTERED_AT_MINIVOICE = """
token=$(sed -n s/^DIALTRAIL_ANSWER_TOKEN=//p dialtrail.env)
dialtrail sandbox-set --url {provider} --webhook-url {here}/webhooks/minivoice --answer-url {here}/answer/$token
"""


def commands(section: str) -> list[str]:
    """The lines of the code blocks under a heading, without their comments."""
    (_, _, below) = (ROOT / "README.md").read_text().partition(f"\n## {section}\n")
    text = below.partition("\n## ")[0]
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [line.partition(" #")[0].strip() for line in lines]


def run(clone: Path, lines: list[str], after_up: str = "", **environ: str) -> str:
    """What these commands print in one shell, each of which must succeed; what stays runs beside the others."""
    script = ["set -e"]
    for line in lines:
        stays = STAYS.search(line) is not None
        log = clone / "up.log"
        script.append(f"{line} >{log} 2>&1 &{UNTIL_UP.format(log=log)}{after_up}" if stays else line)
    shell = ChildProcess(
        ["sh", "-c", "\n".join(script)],
        cwd=clone,
        env={**OUTSIDE, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with shell:
        try:
            said, talk = shell.communicate(timeout=SECONDS_MAX)
        except BaseException:
            os.killpg(shell.pid, signal.SIGKILL)  # what stays, too
            raise
    assert shell.returncode == 0, (said, talk, (clone / "up.log").read_text())
    return said


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.mark.timeout(300)
def test_the_first_three_commands_end_in_the_timeline_of_a_call_that_was_answered(clone: Path) -> None:
    install, *rest = commands("Your first campaign")
    assert install == "scripts/install --runtime"
    assert [line.split()[:2] for line in rest[:2]] == [[".venv/bin/dialtrail", "up"], [".venv/bin/dialtrail", "try"]]
    # It installs beside itself, so that it runs where the tests were installed from.
    subprocess.run(install.split(), cwd=ROOT, check=True, timeout=SECONDS_MAX)

    said = run(clone, rest, DIALTRAIL_PORT=str(free_port()), DIALTRAIL_SANDBOX_PORT=str(free_port()))

    timeline, *_ = said.split("\nof 4: ")
    assert re.search(r"^call_\S+ to \+12025550142 in try_\w+: ended \(completed\), answered", timeline, re.MULTILINE)
    assert re.findall(r" (call\.answered|call\.completed) +webhook ", timeline) == ["call.answered", "call.completed"]
    assert "step=menu" in timeline
    assert "example: running" in said
    assert (clone / "people.csv").read_text().count("\n") == 5
    told = (clone / "up.log").read_text()
    assert all(line in told for line in rest[:2][1:])
    assert "stopped" in told


@pytest.mark.timeout(300)
def test_the_commands_with_minivoice_do_the_same_once_what_up_says_is_entered_there(clone: Path) -> None:
    port = free_port()
    with sandbox_process(clone, "--webhook-secret", WEBHOOK_SECRET, "--fetch-answers") as (provider, _):
        # What the README has the reader write into dialtrail.env.
        environ = {
            "DIALTRAIL_PORT": str(port),
            "MINIVOICE_API_KEY": API_KEY,
            "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "MINIVOICE_BASE_URL": provider,
        }
        here = f"http://127.0.0.1:{port}"
        lines = commands("Your first campaign with MiniVoice")
        said = run(clone, lines, ENTERED_AT_MINIVOICE.format(provider=provider, here=here), **environ)

    assert "dialling is safe" in said
    assert re.search(r"^call_\S+ to \+12025550142 in try_\w+: ended \(completed\), answered", said, re.MULTILINE)
    assert "step=menu" in said
    told = (clone / "up.log").read_text()
    assert f"enter at {provider}: webhook_url {here}/webhooks/minivoice" in told
    assert f"enter at {provider}: answer_url {here}/answer/(DIALTRAIL_ANSWER_TOKEN)" in told
