"""The client is a distribution of its own, made by itself of what the API describes now."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
CLIENT = CHECKOUT / "clients" / "python"
# What an installation has that is neither this checkout nor its environment's link to it.
IMPORT = """
import sys
sys.path = [sys.argv[1], *(one for one in sys.path if one and one not in sys.argv[2:])]
import dialtrail_client
print(dialtrail_client.__file__)
print(sorted({"domain", "adapters", "projections", "application", "entrypoints"} & sys.modules.keys()))
"""


def wheel_of(folder: Path, into: Path) -> Path:
    """The wheel of a project, built by the environment's own hatchling."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [wheel] = into.glob("*.whl")
    return wheel


def owned(wheel: Path) -> set[str]:
    """The folders at its top, but for what describes it."""
    with zipfile.ZipFile(wheel) as opened:
        return {name.partition("/")[0] for name in opened.namelist() if ".dist-info/" not in name}


def test_its_models_are_what_the_api_describes_now() -> None:
    made = subprocess.run(
        [sys.executable, "scripts/client_models.py"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    committed = (CLIENT / "dialtrail_client" / "models.py").read_text()
    assert made.stdout == committed, "scripts/client brings it up to date"


def test_its_wheel_is_imported_where_nothing_of_ours_is(tmp_path: Path) -> None:
    wheel = wheel_of(CLIENT, tmp_path / "wheel")
    clean = tmp_path / "clean"
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        opened.extractall(clean)

    imported = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", IMPORT, str(clean), str(CHECKOUT), str(CLIENT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert imported.stdout.splitlines() == [str(clean / "dialtrail_client" / "__init__.py"), "[]"]
    assert owned(wheel) == {"dialtrail_client"}
    assert {"dialtrail_client/py.typed", "dialtrail_client/models.py"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_of_dialtrail_is_without_it(tmp_path: Path) -> None:
    assert owned(wheel_of(CHECKOUT, tmp_path)) == {"domain", "adapters", "projections", "application", "entrypoints"}


def test_both_have_one_version() -> None:
    assert tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]["version"] == version("dialtrail")


@pytest.mark.parametrize("field", ["license", "requires-python"])
def test_both_say_the_same(field: str) -> None:
    ours, theirs = (tomllib.loads((folder / "pyproject.toml").read_text())["project"] for folder in (CHECKOUT, CLIENT))
    assert ours[field] == theirs[field]


def test_what_it_needs_is_pinned_by_the_lock_as_what_dialtrail_needs() -> None:
    ours, theirs = (
        set(tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"])
        for folder in (CHECKOUT, CLIENT)
    )
    assert theirs <= ours
