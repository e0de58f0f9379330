"""The scripts that people and CI start, the locks they install from, and the bill of materials."""

import json
import os
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.examples import are_all_tried

CHECKOUT = Path(__file__).resolve().parent.parent
SCRIPTS = (
    "scripts/install",
    "scripts/sync",
    "scripts/lock",
    "scripts/sbom",
    "scripts/audit",
    "scripts/demo",
    "scripts/check",
    "scripts/client",
    "scripts/docs",
    "scripts/test",
    "scripts/proofs/all",
    "scripts/pictures",
    ".ci/run",
    ".ci/browser",
)
EVERYTHING, RUNTIME, INSTALLER = LOCKS = (
    "requirements.lock",
    "requirements-runtime.lock",
    "requirements-installer.lock",
)
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {match["name"]: match["version"] for match in PIN.finditer((CHECKOUT / lock).read_text())}


def entries(lock: str) -> list[str]:
    """Each package of it, with its hashes; where it is not for every platform, without saying for which."""
    _, *found = re.split(r"^(?=[a-z])", (CHECKOUT / lock).read_text(), flags=re.MULTILINE)
    return [re.sub(r" ; .* \\$", r" \\", entry, count=1, flags=re.MULTILINE) for entry in found]


def unmet(wanted: list[str], lock: str) -> list[str]:
    """Of the requirements, those whose pin in the lock is missing or out of their range."""
    pinned = pins(lock)
    return [
        line
        for line in wanted
        if (version := pinned.get(canonicalize_name(Requirement(line).name))) is None
        or version not in Requirement(line).specifier
    ]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_executable(script: str) -> None:
    assert os.access(CHECKOUT / script, os.X_OK)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_well_formed_for_the_shell_that_it_names(script: str) -> None:
    shell = (CHECKOUT / script).read_text().splitlines()[0].removeprefix("#!").split("/")[-1].split()[-1]

    parsed = subprocess.run([shell, "-n", CHECKOUT / script], capture_output=True, text=True, check=False)

    assert (shell in {"sh", "bash"}, parsed.returncode, parsed.stderr) == (True, 0, "")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()

    assert [
        word for word in ("://", "http:", "https:", "--index", "--extra-index", "--find-links") if word in text
    ] == []


def test_the_locks_pin_every_dependency_within_its_range() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    runtime = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["postgres"],
        *groups["build"],
    ]
    tools = [line for line in [*groups["docs"], *groups["dev"]] if isinstance(line, str)]

    assert [*unmet(runtime, RUNTIME), *unmet(runtime + tools, EVERYTHING)] == [], "run scripts/lock"


@pytest.mark.parametrize("part", [RUNTIME, INSTALLER])
def test_a_part_of_the_lock_has_the_entries_of_the_whole(part: str) -> None:
    assert set(entries(part)) - set(entries(EVERYTHING)) == set(), "run scripts/lock"


def test_pip_fetches_uv_and_nothing_else() -> None:
    assert list(pins(INSTALLER)) == ["uv"]


@pytest.mark.parametrize("lock", [EVERYTHING, RUNTIME])
@pytest.mark.parametrize("tool", ["pip", "setuptools"])
def test_what_python_brings_into_an_environment_is_pinned_too_and_brought_up_to_its_pin(lock: str, tool: str) -> None:
    assert pins(lock)[tool] == version(tool), "run scripts/install"


def test_the_runtime_has_no_development_tools() -> None:
    assert {"pytest", "mypy", "ruff", "uv", "pip-audit", "mkdocs"} & set(pins(RUNTIME)) == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_in_a_lock_has_its_hashes(lock: str) -> None:
    assert [entry for entry in entries(lock) if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


def test_the_bill_of_materials_is_what_the_runtime_lock_pins_and_the_same_each_time(tmp_path: Path) -> None:
    script = str(CHECKOUT / "scripts" / "sbom")
    # Looking at its form takes most of the time.
    more = [] if are_all_tried() else ["--no-validate"]
    commands = ([script, "-", *more], [script, str(tmp_path / "sbom.json"), "--no-validate"])
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    printed, nothing = (running.communicate()[0] for running in both)
    bill = json.loads(printed)
    hashes = [
        {digest["content"] for reference in component["externalReferences"] for digest in reference["hashes"]}
        for component in bill["components"]
    ]

    assert (nothing, (tmp_path / "sbom.json").read_text()) == ("", printed)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "dialtrail")
    assert {component["name"]: component["version"] for component in bill["components"]} == pins(RUNTIME)
    assert hashes == [set(re.findall(r"--hash=sha256:(\w+)", entry)) for entry in entries(RUNTIME)]
