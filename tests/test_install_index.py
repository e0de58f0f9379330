"""What scripts/install installs from an index that has newer releases than the lock, as every index has some day."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
REAL_PYTHON = Path(sys.executable).resolve()
REAL_UV = Path(sys.executable).parent / "uv"
TOOLS = ("sh", "cat", "dirname", "find", "flock", "grep", "ln", "mkdir", "rm", "sed", "sha256sum")
PYTHON = f"""#!/bin/sh
# The real one, but a virtual environment has our own pip, which is there at once.
case "$*" in
*_base_executable*) echo "$0" ;;
"-m venv .venv")
    {REAL_PYTHON} -m venv --without-pip .venv
    echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
    for folder in .venv/lib/python*/site-packages; do ln -s {sysconfig.get_path("purelib")}/pip "$folder"; done ;;
*) exec {REAL_PYTHON} "$@" ;;
esac
"""
UV = f'#!/bin/sh\nexec {REAL_UV} "$@"\n'
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1"
dependencies = ["trunk"]
"""
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as made:
        made.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\nRequires-Dist: trunk\\n")
        made.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        made.writestr("tiny-1.dist-info/RECORD", "".join(f"{name},,\\n" for name in [*made.namelist(), "tiny-1.dist-info/RECORD"]))
    return name
"""
LIST = "from importlib.metadata import distributions as d; print(*(f'{x.name}=={x.version}' for x in d()))"


class Machine:
    """A checkout of a tiny project, and all that there is besides: a Python, a few tools, and a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.bin, self.wheels = folder / "checkout", folder / "bin", folder / "wheels"
        for each in (self.checkout / "scripts", self.bin, self.wheels):
            each.mkdir(parents=True)
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None, name
            (self.bin / name).symlink_to(found)
        self.has_program("python3", PYTHON)
        for name in ("install", "sync"):
            shutil.copy(CHECKOUT / "scripts" / name, self.checkout / "scripts")
        (self.checkout / "pyproject.toml").write_text(PROJECT)
        (self.checkout / "backend.py").write_text(BACKEND)
        self.pins = {
            "trunk==1": self.has_wheel("trunk", "1", "Requires-Dist: branch[leaf]>=1\n"),
            "branch==1": self.has_wheel("branch", "1", "Provides-Extra: leaf\n"),
        }
        self.has_wheel("trunk", "2", "Requires-Dist: branch[leaf]>=2\n")
        self.has_wheel("branch", "2", "Provides-Extra: leaf\n")
        self.lock("requirements.lock", self.pins)
        self.lock("requirements-installer.lock", {"uv==1": "0" * 64})
        self.index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"{folder / 'missing'} {self.wheels}"}

    def has_program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def has_wheel(self, name: str, version: str, metadata: str = "", script: str = "") -> str:
        """Offers it, and gives its hash."""
        path, about = self.wheels / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
            made.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            if script:
                program = zipfile.ZipInfo(f"{name}-{version}.data/scripts/{name}")
                program.external_attr = 0o100755 << 16
                made.writestr(program, script)
            made.writestr(f"{about}/RECORD", "".join(f"{about}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def lock(self, name: str, pins: dict[str, str]) -> None:
        lines = (f"{pin} \\\n    --hash=sha256:{digest}\n" for pin, digest in pins.items())
        (self.checkout / name).write_text("".join(lines))

    def offers_uv(self) -> None:
        """To pip, and as the one that is pinned: it starts the real one."""
        self.lock("requirements-installer.lock", {"uv==1": self.has_wheel("uv", "1", script=UV)})

    def install(self) -> tuple[int, str]:
        """The exit code, and what was said."""
        environment = {"PATH": str(self.bin), "UV_CACHE_DIR": str(self.bin.parent / "cache"), "UV_NO_CONFIG": "1"}
        done = subprocess.run(
            [self.checkout / "scripts" / "install"],
            env=environment | {"PIP_NO_CACHE_DIR": "1"} | self.index,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def installed(self) -> set[str]:
        """All that is in the environment."""
        listed = subprocess.run(
            [self.checkout / ".venv" / "bin" / "python", "-c", LIST], capture_output=True, text=True, check=True
        )
        return set(listed.stdout.split())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(("has_uv", "lines"), [(True, 1), (False, 2)], ids=["uv on PATH", "pip alone"])
def test_what_the_lock_says_is_installed_and_a_wheel_that_is_not_the_one_in_the_lock_is_refused_and_nothing_changes(
    machine: Machine, has_uv: bool, lines: int
) -> None:
    if has_uv:
        machine.has_program("uv", UV)

    code, said = machine.install()

    assert (code, said.count("\n"), "pip installs" in said) == (0, lines, not has_uv), said
    assert machine.installed() == {"trunk==1", "branch==1", "tiny==1"}

    machine.lock("requirements.lock", {"trunk==2": "0" * 64, "branch==1": machine.pins["branch==1"]})

    code, said = machine.install()

    assert (code, said.splitlines()[-1]) == (
        1,
        "scripts/install: requirements.lock could not be installed, for the reason above; .venv is as it was",
    )
    assert machine.installed() == {"trunk==1", "branch==1", "tiny==1"}


def test_the_uv_that_pip_fetches_installs_what_the_lock_says_and_what_leaves_the_lock_leaves_the_environment(
    machine: Machine,
) -> None:
    machine.offers_uv()
    machine.lock("requirements.lock", {**machine.pins, "moss==1": machine.has_wheel("moss", "1")})

    code, said = machine.install()

    assert (code, said.count("\n")) == (0, 1), said
    assert machine.installed() == {"trunk==1", "branch==1", "tiny==1", "uv==1", "moss==1"}

    machine.lock("requirements.lock", machine.pins)

    assert machine.install()[0] == 0
    assert machine.installed() == {"trunk==1", "branch==1", "tiny==1", "uv==1"}


def test_uv_reaches_the_index_that_the_configuration_of_pip_names(machine: Machine) -> None:
    machine.has_program("uv", UV)
    folder = machine.bin.parent
    for index, wheels in {"simple": "*-1-*", "newer": "*-2-*"}.items():
        for wheel in machine.wheels.glob(wheels):
            page = folder / index / wheel.name.split("-")[0] / "index.html"
            page.parent.mkdir(parents=True)
            page.write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    (folder / "pip.conf").write_text(
        f"[global]\nindex-url = {(folder / 'missing').as_uri()}\n"
        f"extra-index-url =\n    {(folder / 'missing').as_uri()}\n    {(folder / 'newer').as_uri()}\n"
        f"find-links =\n    {folder / 'missing'}\n    {folder / 'missing too'}\n"
        f"[install]\nindex-url = {(folder / 'simple').as_uri()}\n"
    )
    machine.index = {"PIP_CONFIG_FILE": str(folder / "pip.conf")}

    assert machine.install()[0] == 0
    assert machine.installed() == {"trunk==1", "branch==1", "tiny==1"}


def test_a_lock_that_lacks_what_the_project_needs_is_not_taken(machine: Machine) -> None:
    machine.has_program("uv", UV)
    machine.lock("requirements.lock", {"trunk==1": machine.pins["trunk==1"]})

    code, said = machine.install()

    assert (code, "branch" in said, "scripts/lock" in said.splitlines()[-1]) == (1, True, True), said
    assert machine.install()[0] == 1
