"""The scripts that people and CI start, and the lock they install from."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent
SCRIPTS = (
    "scripts/install",
    "scripts/lock",
    "scripts/check",
    "scripts/test",
    "scripts/pictures",
    ".ci/run",
    ".ci/browser",
)
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_executable(script: str) -> None:
    assert os.access(CHECKOUT / script, os.X_OK)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_well_formed_for_the_shell_that_it_names(script: str) -> None:
    shell = (CHECKOUT / script).read_text().splitlines()[0].removeprefix("#!").split("/")[-1].split()[-1]

    parsed = subprocess.run([shell, "-n", CHECKOUT / script], capture_output=True, text=True, check=False)

    assert (shell in {"sh", "bash"}, parsed.returncode, parsed.stderr) == (True, 0, "")


def test_the_lock_names_no_address() -> None:
    lock = (CHECKOUT / "requirements.lock").read_text()

    assert [
        word for word in ("://", "http:", "https:", "--index", "--extra-index", "--find-links") if word in lock
    ] == []


def test_the_lock_pins_every_dependency_within_its_range() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    wanted = [
        Requirement(line)
        for line in (
            *project["build-system"]["requires"],
            *project["project"]["dependencies"],
            *project["dependency-groups"]["dev"],
        )
    ]
    pins = {match["name"]: match["version"] for match in PIN.finditer((CHECKOUT / "requirements.lock").read_text())}

    unmet = [
        str(requirement)
        for requirement in wanted
        if (version := pins.get(canonicalize_name(requirement.name))) is None or version not in requirement.specifier
    ]

    assert unmet == [], "run scripts/lock"


def test_every_pin_in_the_lock_has_its_hashes() -> None:
    _, *entries = re.split(r"^(?=[a-z])", (CHECKOUT / "requirements.lock").read_text(), flags=re.MULTILINE)

    assert [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []
