"""Help and completion are for people who wait: they import nothing that only the work itself needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.lazy import loaded, paragraphs_unwrapped
from entrypoints.cli.places import PLACES
from entrypoints.settings import child_environment

CHECKOUT = Path(__file__).parents[3]
HEAVY = {
    "application",
    "eventsourcing",
    "holidays",
    "httpx",
    "jinja2",
    "phonenumbers",
    "projections",
    "prometheus_client",
    "psycopg",
    "pydantic",
    "rich",
    "schemathesis",
    "sqlalchemy",
    "starlette",
    "structlog",
    "uvicorn",
    "uvloop",
}
SELDOM = {"aiosmtplib", "entrypoints.sandbox", "holidays", "psycopg", "pyarrow"}
# What the help of each of these commands imports, in one process.
ASKED = """
import contextlib, io, json, sys
from entrypoints.cli.program import run
with contextlib.redirect_stdout(io.StringIO()):
    codes = [run([*name.split(), "--help"]) for name in sys.argv[1:]]
print(json.dumps([codes, sorted(sys.modules)]))
"""
# Their options are made from the fields of their settings, which are pydantic's.
THE_SANDBOX = ("sandbox", "sandbox-set")


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

    assert packages & HEAVY == set()
    assert modules & {place.module for place in PLACES.values()} == set()


def test_the_help_of_a_command_imports_no_other() -> None:
    _, modules = imported("timeline")

    assert modules & {place.module for place in PLACES.values()} == {"entrypoints.cli.calls"}


def test_the_help_of_no_command_imports_what_only_its_work_needs() -> None:
    packages, _ = imported(*(one for one in every_command() if not one.startswith("sandbox")))

    assert packages & HEAVY == set()


def test_the_help_of_the_sandbox_imports_its_settings_and_no_server() -> None:
    packages, _ = imported(*THE_SANDBOX)

    assert packages & HEAVY == {"pydantic"}


def test_a_server_loads_neither_the_sandbox_nor_a_mail_client_nor_a_database_before_it_needs_them() -> None:
    code = "import json, sys, entrypoints.up; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env=child_environment({}),
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert SELDOM.isdisjoint(json.loads(done.stdout))


def every_command() -> list[str]:
    """Each command by its words, such as `campaign start`, and each group."""
    names = []
    for name, place in PLACES.items():
        below = getattr(loaded(name, place), "commands", {})
        names += [name, *(f"{name} {one}" for one in below)]
    return names


@pytest.mark.parametrize(
    "line",
    ["dialtrail res", "dialtrail campaign st", "dialtrail recipients list spring --status q", "dialtrail calls --"],
)
def test_completion_of_what_it_knows_imports_nothing_heavy(line: str) -> None:
    assert imported_to_complete(line) & HEAVY == set()


@pytest.mark.parametrize(
    "line", ["dialtrail campaign start spr", "dialtrail timeline call_", "dialtrail status spring_a +1"]
)
def test_completion_of_names_imports_neither_settings_nor_server_nor_client(line: str) -> None:
    assert imported_to_complete(line) & HEAVY <= {"projections"}  # which read the names in the folder


def imported_to_complete(line: str) -> set[str]:
    """The packages that are imported to offer what may come at the end of a line."""
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
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}


def test_a_paragraph_of_help_is_one_line() -> None:
    assert paragraphs_unwrapped("One line,\nand its end.\n\nThe\n   next.") == "One line, and its end.\n\nThe next."
