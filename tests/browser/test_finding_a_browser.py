"""Where the tests find a browser, and how `.ci/browser` comes by one; on machines whose every program is made up."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import find_chromium, no_browser

CHECKOUT = Path(__file__).parents[2]
APT = """#!/bin/sh
echo "$*" >>{asked}
case "$1" in install) {install} ;; esac
"""
MAKES_CHROMIUM = "cp {asked} {folder}/chromium && chmod +x {folder}/chromium"


class Machine:
    """One with bash, cp and chmod, and what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.asked = folder / "asked"
        for name in ("bash", "sh", "env", "cp", "chmod"):
            found = shutil.which(name)
            assert found is not None
            (self.folder / name).symlink_to(found)

    def has(self, name: str, script: str) -> None:
        (self.folder / name).write_text(script)
        (self.folder / name).chmod(0o755)

    def has_apt(self, install: str = MAKES_CHROMIUM) -> None:
        self.has("apt-get", APT.format(asked=self.asked, install=install.format(asked=self.asked, folder=self.folder)))

    def is_used_by(self, number: int) -> None:
        self.has("id", f"#!/bin/sh\necho {number}\n")

    def run(self) -> tuple[int, str, list[str]]:
        """The exit code, what was said, and what apt-get was asked for."""
        done = subprocess.run(
            [CHECKOUT / ".ci" / "browser"], env={"PATH": str(self.folder)}, capture_output=True, text=True, check=False
        )
        asked = self.asked.read_text().splitlines() if self.asked.exists() else []
        return done.returncode, done.stdout + done.stderr, asked


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


ASKED = ["update -qq", "install -y -qq --no-install-recommends chromium"]


def test_where_there_is_a_browser_nothing_is_installed(machine: Machine) -> None:
    machine.has_apt()
    machine.has("chromium-browser", "#!/bin/sh\n")
    assert machine.run() == (0, "", [])


def test_root_installs_one(machine: Machine) -> None:
    machine.has_apt()
    machine.is_used_by(0)
    assert machine.run() == (0, ".ci/browser: installing Chromium\n", ASKED)


def test_others_install_one_with_sudo(machine: Machine) -> None:
    machine.has_apt()
    machine.is_used_by(1000)
    machine.has("true", "#!/bin/sh\n")
    machine.has("sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    assert machine.run() == (0, ".ci/browser: installing Chromium\n", ASKED)


def test_who_may_not_install_is_told_so(machine: Machine) -> None:
    machine.has_apt()
    machine.is_used_by(1000)
    code, said, asked = machine.run()
    assert (code, asked) == (1, [])
    assert said.endswith("installing one needs root, or sudo without a password: apt-get install chromium\n")


def test_without_apt_get_it_says_what_is_missing(machine: Machine) -> None:
    code, said, _ = machine.run()
    assert (code, "no apt-get to install one with" in said) == (1, True)


def test_a_failed_installation_fails(machine: Machine) -> None:
    machine.has_apt("exit 100")
    machine.is_used_by(0)
    assert machine.run()[0] == 100


def test_without_a_browser_the_tests_are_skipped_with_the_reason_or_fail_where_it_is_required(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(machine.folder))
    assert find_chromium() is None
    with pytest.raises(pytest.skip.Exception, match=r"no browser: .* apt-get install chromium"):
        no_browser("")
    with pytest.raises(pytest.fail.Exception, match=r"no browser: .* apt-get install chromium"):
        no_browser("required")
    machine.has("chromium", "#!/bin/sh\n")
    assert find_chromium() == str(machine.folder / "chromium")


def test_ci_lets_no_test_of_the_pages_be_skipped() -> None:
    lines = (CHECKOUT / ".ci" / "run").read_text().splitlines()
    order = [
        ".ci/browser",
        "export BROWSER_TESTS=required",
        "scripts/install",
        "scripts/check",
        "scripts/test",
    ]
    assert [line for line in lines if line in order] == order
