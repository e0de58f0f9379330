"""Help and completion are for people who wait: they import nothing that only the work itself needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.lazy import paragraphs_unwrapped
from entrypoints.cli.places import PLACES
from entrypoints.settings import child_environment

CHECKOUT = Path(__file__).parents[3]
HEAVY = {
    "eventsourcing",
    "holidays",
    "httpx",
    "jinja2",
    "prometheus_client",
    "psycopg",
    "rich",
    "schemathesis",
    "sqlalchemy",
    "starlette",
    "structlog",
    "uvicorn",
    "uvloop",
}
# What the help of each of these commands imports, in one process.
ASKED = """
import contextlib, io, json, sys
from entrypoints.cli.program import run
with contextlib.redirect_stdout(io.StringIO()):
    codes = [run([*name.split(), "--help"]) for name in sys.argv[1:]]
print(json.dumps([codes, sorted(sys.modules)]))
"""
# Its options are its settings, and those of a server: it stands in for the provider on a developer's machine.
THE_SANDBOX = {"sandbox", "sandbox-set"}
# What a script says is shown as a tree, which Rich draws on a terminal and off it.
DRAWS_TREES = {"script"}


def imported(*commands: str) -> tuple[set[str], set[str]]:
    """The packages and the modules that the help of these commands needs; an empty one is that of all."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED, *commands],
        cwd=CHECKOUT,
        env=child_environment({}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    codes, modules = json.loads(done.stdout)
    assert set(codes) == {0}
    return {name.partition(".")[0] for name in modules}, set(modules)


def test_the_help_of_all_commands_imports_none_of_them() -> None:
    packages, modules = imported("")

    assert packages & (HEAVY | {"application", "projections", "pydantic"}) == set()
    assert modules & {place.module for place in PLACES.values()} == set()


def test_the_help_of_a_command_imports_no_other() -> None:
    _, modules = imported("timeline")

    assert modules & {place.module for place in PLACES.values()} == {"entrypoints.cli.calls"}


def test_the_help_of_no_command_imports_what_only_its_work_needs() -> None:
    packages, _ = imported(*sorted(set(PLACES) - THE_SANDBOX - DRAWS_TREES))

    assert packages & HEAVY == set()


@pytest.mark.parametrize("line", ["dialtrail res", "dialtrail campaign start spr", "dialtrail timeline call_"])
def test_completion_imports_no_server_and_no_client(line: str) -> None:
    completes = {"_DIALTRAIL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "entrypoints.cli"],
        cwd=CHECKOUT,
        env=child_environment({"DIALTRAIL_HOME": "/nowhere"}) | completes,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert packages & HEAVY == set()


def test_a_paragraph_of_help_is_one_line() -> None:
    assert paragraphs_unwrapped("One line,\nand its end.\n\nThe\n   next.") == "One line, and its end.\n\nThe next."
