"""What scripts/install does with the machine that it finds, told by a Python that only notes what it is asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = """#!/bin/sh
# Stands in for Python, pip and venv: does as little as scripts/install can tell, and notes what it was asked for.
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
"-m pip install"*--requirement*)
    echo lock >>asked
    [ ! -e killed_half_way ] || kill -9 "$PPID"
    sleep 0.1
    [ ! -e index_is_down ] ;;
"-m pip install"*--editable*) echo project >>asked ;;
*) exit 2 ;;
esac
"""


class Checkout:
    """A checkout with nothing in it but what scripts/install reads, on a machine whose every Python is the one above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "scripts"):
            (folder / name).mkdir(parents=True)
        shutil.copy(CHECKOUT / "scripts" / "install", folder / "scripts")
        for name in ("python3.13", "python3.12", "python3.11", "python3"):
            (folder / "bin" / name).write_text(PYTHON)
            (folder / "bin" / name).chmod(0o755)
        self.write("pyproject.toml", "")
        self.write("requirements.lock", "httpx==0.28.1")

    def write(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)

    def start(self) -> subprocess.Popen[str]:
        environment = {"PATH": f"{self.folder / 'bin'}:{os.defpath}"}
        command = self.folder / "scripts" / "install"
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def install(self) -> tuple[int, str]:
        """Runs it to its end: the exit code, and all that it printed."""
        running = self.start()
        said = "".join(running.communicate())
        return running.returncode, said

    def asked(self) -> list[str]:
        """What Python was asked for since the last time."""
        noted = self.folder / "asked"
        lines = noted.read_text().split() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_install_makes_an_environment_once_and_is_quiet_from_then_on(checkout: Checkout) -> None:
    making = f"scripts/install: making .venv with {checkout.folder}/bin/python3.13\n"

    assert checkout.install() == (0, making)
    assert checkout.asked() == ["venv", "lock", "project"]
    assert checkout.install() == (0, "")
    assert checkout.asked() == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_install_brings_the_environment_up_to_date_when_a_file_has_changed(checkout: Checkout, name: str) -> None:
    checkout.install()
    checkout.asked()
    checkout.write(name, "# changed")

    assert checkout.install() == (0, "scripts/install: bringing .venv up to date\n")
    assert checkout.asked() == ["lock", "project"]


def test_install_goes_on_with_the_same_environment_when_the_index_was_down(checkout: Checkout) -> None:
    checkout.write("index_is_down")
    assert checkout.install()[0] == 1
    assert checkout.asked() == ["venv", "lock"]

    (checkout.folder / "index_is_down").unlink()

    assert checkout.install() == (0, "scripts/install: bringing .venv up to date\n")
    assert checkout.asked() == ["lock", "project"]


def test_install_that_failed_is_not_forgotten_when_the_change_behind_it_is_taken_back(checkout: Checkout) -> None:
    checkout.install()
    checkout.write("index_is_down")
    checkout.write("requirements.lock", "httpx==999")
    assert checkout.install()[0] == 1
    checkout.asked()

    (checkout.folder / "index_is_down").unlink()
    checkout.write("requirements.lock", "httpx==0.28.1")

    assert checkout.install()[0] == 0
    assert checkout.asked() == ["lock", "project"]


def test_install_makes_a_half_made_environment_again(checkout: Checkout) -> None:
    checkout.write("killed_half_way")
    assert checkout.install()[0] == -9
    assert checkout.asked() == ["venv", "lock"]

    (checkout.folder / "killed_half_way").unlink()

    assert checkout.install()[0] == 0
    assert checkout.asked() == ["venv", "lock", "project"]


def test_install_makes_an_environment_that_came_with_a_copied_checkout_again(checkout: Checkout) -> None:
    checkout.install()
    checkout.asked()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))

    assert checkout.install()[0] == 0
    assert checkout.asked() == ["venv", "lock", "project"]


def test_two_installs_at_once_do_the_work_once(checkout: Checkout) -> None:
    both = [checkout.start(), checkout.start()]
    for running in both:
        running.communicate()

    assert [running.returncode for running in both] == [0, 0]
    assert checkout.asked() == ["venv", "lock", "project"]


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
