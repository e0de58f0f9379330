"""What scripts/install does with the machine that it finds, told by a Python, pip and uv that only note what they are asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-runtime.lock", "requirements-installer.lock")
PYTHON = """#!/bin/sh
# Stands in for Python, pip, venv and uv: does as little as scripts/install can tell, and notes what it was asked for.
case "$*" in
-V) echo "Python 3.12.9" ;;
"-c import ensurepip"*) [ ! -e venv_is_missing ] ;;
"-c import pip"*) [ -e .venv/bin/pip ] ;;
-c*) [ -e python_is_old ] || echo "$0" ;;
"-m venv .venv")
    echo venv >>asked
    mkdir .venv/bin
    cp "$0" .venv/bin/python
    echo "#!$(pwd -P)/.venv/bin/python" >.venv/bin/pip ;;
*" config list") ;;
*requirements-installer.lock)
    echo uv >>asked
    [ ! -e uv_is_not_to_be_had ] || exit 1
    cp "$0" .venv/bin/uv ;;
--version) [ -e uv_is_on_path ] || { [ "$0" = .venv/bin/uv ] && [ ! -e uv_does_not_run ]; } ;;
*install*--editable*) echo project >>asked ;;
*sync*|*install*--require-hashes*)
    echo "${0##*/}: $(echo "$*" | grep -o 'requirements[a-z-]*.lock')" >>asked
    [ ! -e killed_half_way ] || kill -9 "$PPID"
    sleep 0.1
    [ ! -e index_is_down ] ;;
*check*)
    echo check >>asked
    [ ! -e lock_does_not_fit ] || { echo "dialtrail requires httpx"; exit 1; } ;;
*) exit 2 ;;
esac
"""


class Checkout:
    """A checkout with nothing in it but what scripts/install reads, on a machine whose every Python, and uv, is the one above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "scripts"):
            (folder / name).mkdir(parents=True)
        for name in ("install", "sync"):
            shutil.copy(CHECKOUT / "scripts" / name, folder / "scripts")
        for name in ("python3.13", "python3.12", "python3.11", "python3", "uv"):
            (folder / "bin" / name).write_text(PYTHON)
            (folder / "bin" / name).chmod(0o755)
        self.write("pyproject.toml", "")
        for name in LOCKS:
            self.write(name, "httpx==0.28.1")

    def write(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {"PATH": f"{self.folder / 'bin'}:{os.defpath}"}
        command: list[str | Path] = [self.folder / "scripts" / "install", *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def install(self, *arguments: str) -> tuple[int, str]:
        """Runs it to its end: the exit code, and all that it printed."""
        running = self.start(*arguments)
        said = "".join(running.communicate())
        return running.returncode, said

    def asked(self) -> list[str]:
        """What Python and uv were asked for since the last time."""
        noted = self.folder / "asked"
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


LOCK, RUNTIME_LOCK = "uv: requirements.lock", "uv: requirements-runtime.lock"
ALL_STEPS = ["venv", "uv", LOCK, "project", "check"]
UP_TO_DATE = ["uv", LOCK, "project", "check"]


def test_install_makes_an_environment_once_and_is_quiet_from_then_on(checkout: Checkout) -> None:
    making = f"scripts/install: making .venv with {checkout.folder}/bin/python3.13\n"

    assert checkout.install() == (0, making)
    assert checkout.asked() == ALL_STEPS
    assert checkout.install() == (0, "")
    assert checkout.asked() == []


@pytest.mark.parametrize("name", [*LOCKS, "pyproject.toml"])
def test_install_brings_the_environment_up_to_date_when_a_file_has_changed(checkout: Checkout, name: str) -> None:
    checkout.install()
    checkout.asked()
    checkout.write(name, "# changed")

    assert checkout.install() == (0, "scripts/install: bringing .venv up to date\n")
    assert checkout.asked() == UP_TO_DATE


def test_install_goes_on_with_the_same_environment_when_the_index_was_down(checkout: Checkout) -> None:
    failed = "requirements.lock could not be installed, for the reason above; .venv is as it was\n"
    checkout.write("index_is_down")
    code, said = checkout.install()
    assert (code, said.splitlines(keepends=True)[-1]) == (1, f"scripts/install: {failed}")
    assert checkout.asked() == ["venv", "uv", LOCK]

    (checkout.folder / "index_is_down").unlink()

    assert checkout.install() == (0, "scripts/install: bringing .venv up to date\n")
    assert checkout.asked() == UP_TO_DATE


def test_install_that_failed_is_not_forgotten_when_the_change_behind_it_is_taken_back(checkout: Checkout) -> None:
    checkout.install()
    checkout.write("index_is_down")
    checkout.write("requirements.lock", "httpx==999")
    assert checkout.install()[0] == 1
    checkout.asked()

    (checkout.folder / "index_is_down").unlink()
    checkout.write("requirements.lock", "httpx==0.28.1")

    assert checkout.install()[0] == 0
    assert checkout.asked() == UP_TO_DATE


def test_install_makes_a_half_made_environment_again(checkout: Checkout) -> None:
    checkout.write("killed_half_way")
    assert checkout.install()[0] == -9
    assert checkout.asked() == ["venv", "uv", LOCK]

    (checkout.folder / "killed_half_way").unlink()

    assert checkout.install()[0] == 0
    assert checkout.asked() == ALL_STEPS


def test_install_makes_an_environment_that_came_with_a_copied_checkout_again(checkout: Checkout) -> None:
    checkout.install()
    checkout.asked()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))

    assert checkout.install()[0] == 0
    assert checkout.asked() == ALL_STEPS


def test_two_installs_at_once_do_the_work_once(checkout: Checkout) -> None:
    both = [checkout.start(), checkout.start()]
    for running in both:
        running.communicate()

    assert [running.returncode for running in both] == [0, 0]
    assert checkout.asked() == ALL_STEPS


@pytest.mark.parametrize(
    ("lack", "advice"),
    [
        ("venv_is_missing", "bin/python3 cannot make virtual environments; on Debian: apt-get install python3-venv\n"),
        ("python_is_old", "no Python 3.11 or newer found on PATH\n"),
    ],
)
def test_install_says_in_one_line_what_the_machine_lacks(checkout: Checkout, lack: str, advice: str) -> None:
    checkout.write(lack)

    code, said = checkout.install()

    assert (code, said.count("\n"), said.endswith(advice)) == (1, 1, True), said


def test_install_takes_the_uv_on_path_and_fetches_none(checkout: Checkout) -> None:
    checkout.write("uv_is_on_path")

    assert checkout.install()[0] == 0
    assert checkout.asked() == ["venv", LOCK, "project", "check"]


@pytest.mark.parametrize("lack", ["uv_is_not_to_be_had", "uv_does_not_run"])
def test_install_goes_by_pip_alone_where_there_is_no_uv(checkout: Checkout, lack: str) -> None:
    checkout.write(lack)

    code, said = checkout.install()

    assert (code, said.splitlines()[1:]) == (
        0,
        [
            "scripts/install: the uv of requirements-installer.lock is not to be had here; pip installs, which takes longer"
        ],
    )
    assert checkout.asked() == ["venv", "uv", "python: requirements.lock", "project", "check"]


def test_an_environment_for_what_runs_gets_the_tools_when_they_are_asked_for_and_keeps_them(checkout: Checkout) -> None:
    assert checkout.install("--runtime")[0] == 0
    assert checkout.asked() == ["venv", "uv", RUNTIME_LOCK, "project", "check"]
    assert checkout.install("--runtime") == (0, "")

    assert checkout.install()[0] == 0
    assert checkout.asked() == UP_TO_DATE
    assert checkout.install("--runtime") == (0, "")

    checkout.write("pyproject.toml", "# changed")
    checkout.write("index_is_down")
    assert checkout.install()[0] == 1
    (checkout.folder / "index_is_down").unlink()
    checkout.asked()
    assert checkout.install("--runtime")[0] == 0
    assert checkout.asked() == UP_TO_DATE


def test_tools_that_could_not_be_added_do_not_stop_what_runs(checkout: Checkout) -> None:
    checkout.install("--runtime")
    checkout.write("index_is_down")
    assert checkout.install()[0] == 1
    (checkout.folder / "index_is_down").unlink()
    checkout.asked()

    assert checkout.install("--runtime")[0] == 0
    assert checkout.asked() == ["uv", RUNTIME_LOCK, "project", "check"]


def test_install_is_not_done_while_the_lock_does_not_fit_the_project(checkout: Checkout) -> None:
    checkout.write("lock_does_not_fit")

    for _ in range(2):
        code, said = checkout.install()
        assert (code, said.splitlines()[1:]) == (
            1,
            [
                "dialtrail requires httpx",
                "scripts/install: requirements.lock does not fit pyproject.toml: scripts/lock brings it up to date",
            ],
        )


def test_install_refuses_arguments_that_it_does_not_know(checkout: Checkout) -> None:
    assert checkout.install("--runtme") == (2, "usage: scripts/install [--runtime]\n")
    assert checkout.asked() == []
