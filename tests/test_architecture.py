"""The rules that hold the rooms apart, and keep their generic names ours (docs/decisions/0001)."""

import ast
import importlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
ROOMS = ("domain", "adapters", "projections", "application", "entrypoints")
# Packages of ours by name: their distribution, and where they are.
OURS = {
    **{room: ("dialtrail", CHECKOUT / room) for room in ROOMS},
    "dialtrail_client": ("dialtrail-client", CHECKOUT / "clients" / "python" / "dialtrail_client"),
}
MADE = CHECKOUT / "clients" / "python" / "dialtrail_client" / "models.py"
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40


def strangers() -> dict[str, set[str]]:
    """The distributions other than ours that ship a package or module by the name of one of ours."""
    owners = packages_distributions()
    return {name: others for name, (own, _) in OURS.items() if (others := set(owners.get(name, [])) - {own})}


def folders_that_are_no_package(folder: Path) -> Iterator[Path]:
    for inner in (folder, *sorted(path for path in folder.rglob("*") if path.is_dir())):
        if any(inner.rglob("*.py")) and not (inner / "__init__.py").is_file():
            yield inner


def too_long(file: Path) -> Iterator[str]:
    """What of a file of Python is longer than it may be, the file itself included; a function without its decorators."""
    text = file.read_text()
    if (lines := text.count("\n")) > FILE_LINES_MAX:
        yield f"{file} has {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{file}:{node.lineno}: {node.name} has {lines} lines"


def class_names() -> Iterator[tuple[str, str]]:
    """Each public class of the rooms, and the file that defines it."""
    for file in (file for room in ROOMS for file in sorted((CHECKOUT / room).rglob("*.py"))):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, str(file.relative_to(CHECKOUT))


def test_every_import_contract_is_kept() -> None:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert f"Contracts: {len(contracts)} kept, 0 broken." in linted.stdout


def test_nobody_else_in_this_environment_owns_a_package_of_ours() -> None:
    assert strangers() == {}


def test_a_distribution_that_ships_one_of_our_names_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "clean_architecture_kit-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: clean-architecture-kit\nVersion: 1.0\n")
    (metadata / "RECORD").write_text("domain/__init__.py,,\n")
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])

    assert strangers() == {"domain": {"clean-architecture-kit"}}


@pytest.mark.parametrize("name", OURS)
def test_a_package_of_ours_is_imported_from_this_checkout(name: str) -> None:
    _, folder = OURS[name]
    assert importlib.import_module(name).__file__ == str(folder / "__init__.py")


@pytest.mark.parametrize("folder", [*ROOMS, "clients/python/dialtrail_client", "tests"])
def test_every_folder_with_python_in_it_is_a_package(folder: str) -> None:
    assert list(folders_that_are_no_package(CHECKOUT / folder)) == []


def test_a_folder_that_lacks_its_init_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "whole" / "inner").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").touch()
    for name in ("__init__.py", "whole/__init__.py", "whole/inner/module.py"):
        (tmp_path / name).touch()

    assert list(folders_that_are_no_package(tmp_path)) == [tmp_path / "whole" / "inner"]


@pytest.mark.parametrize("folder", [*ROOMS, "clients", "scripts", "tests"])
def test_no_file_and_no_function_that_somebody_wrote_is_too_long(folder: str) -> None:
    found = [one for file in sorted((CHECKOUT / folder).rglob("*.py")) if file != MADE for one in too_long(file)]
    assert found == []


def test_a_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for name, file in class_names():
        homes.setdefault(name, []).append(file)
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def test_what_is_too_long_is_noticed_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    fits = "def fits() -> None:\n" + "    pass\n" * (FUNCTION_LINES_MAX - 1)
    long = "class Kept:\n    @property\n    async def long(self):\n" + "        pass\n" * FUNCTION_LINES_MAX
    file.write_text(fits + long)
    assert list(too_long(file)) == [f"{file}:43: long has 41 lines"]

    file.write_text("\n" * FILE_LINES_MAX)
    assert list(too_long(file)) == []
    file.write_text("\n" * (FILE_LINES_MAX + 1))
    assert list(too_long(file)) == [f"{file} has 301 lines"]
