"""The newest time zone data wins, wherever it is, before anything is judged by it."""

import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from adapters.zone_files import ZoneFiles, age_of, use_newest_zone_files, zone_data_version

ROOT = Path(__file__).parents[2]
PACKAGE = zone_data_version(resources.files("tzdata") / "zoneinfo")
# What is asked of a process of its own: what it goes by, and whether an evening in British Columbia is inside the hours.
ASKED = """
import json, sys
from datetime import datetime
{imports}
from adapters.rule_data import installed_rule_data
from adapters.zone_files import use_newest_zone_files
from domain.dialing import recipient_clock_reasons
from domain.policy import WEEKDAYS, Policy, Window
from msgspec.structs import asdict
use_newest_zone_files()
policy = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(9 * 60, 20 * 60),)))
at = datetime.fromisoformat(sys.argv[1])
rules = [one.rule for one in recipient_clock_reasons(policy, sys.argv[2], at)]
print(json.dumps([rules, installed_rule_data().zones, asdict(use_newest_zone_files())]))
"""


def machine_files(folder: Path, first_line: str | None, name: str = "tzdata.zi") -> Path:
    """Zone files in which British Columbia is not on summer time for good; each zone is what its neighbour is in them."""
    package = resources.files("tzdata") / "zoneinfo"
    files = {
        "UTC": "UTC",
        "Etc/UTC": "Etc/UTC",
        "America/Vancouver": "America/Los_Angeles",
        "Africa/Gone": "Africa/Cairo",
    }
    for zone, like in files.items():
        (folder / zone).parent.mkdir(parents=True, exist_ok=True)
        (folder / zone).write_bytes((package / like).read_bytes())
    if first_line is not None:
        (folder / name).write_text(first_line)
    return folder


def asked(
    path: str, zone: str = "America/Vancouver", at: str = "2026-12-02T03:30:00+00:00", entry: str | None = None
) -> Any:
    """What a new process says that has imported an entry of ours, or none."""
    command = [sys.executable, "-c", ASKED.format(imports=f"import {entry}" if entry else ""), at, zone]
    env = {"PYTHONTZPATH": path}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("first_line", "entry"),
    [
        ("# version 2025b\n", "entrypoints.wiring"),
        ("# version 2025b\n", "entrypoints.views_process"),
        ("# version 2025b\n", "entrypoints.views_share"),
        ("# version 2025b\n", "entrypoints.cli.program"),
        ("# version 2024a-dirty\n", None),
        (None, None),
    ],
)
def test_old_files_of_the_machine_do_not_win(tmp_path: Path, first_line: str | None, entry: str | None) -> None:
    folder = machine_files(tmp_path, first_line)
    rules, zones, files = asked(str(folder), entry=entry)
    assert (rules, zones) == (["outside_hours"], PACKAGE)
    machine = zone_data_version(folder) or "unknown"
    assert files == {"used": PACKAGE, "machine": machine, "package": PACKAGE}
    assert ZoneFiles(**files).is_machine_older


@pytest.mark.parametrize("name", ["tzdata.zi", "+VERSION"])
def test_newer_files_of_the_machine_win(tmp_path: Path, name: str) -> None:
    folder = machine_files(tmp_path, "# version 2199a\n" if name == "tzdata.zi" else "2199a\n", name)
    rules, zones, files = asked(str(folder))
    assert (rules, zones) == ([], "2199a")
    assert not ZoneFiles(**files).is_machine_older


def test_of_several_folders_the_newest_wins(tmp_path: Path) -> None:
    old = machine_files(tmp_path / "old", "# version 2025b\n")
    new = machine_files(tmp_path / "new", "# version 2199a\n")
    assert asked(f"{old}{os.pathsep}{new}")[1] == asked(f"{new}{os.pathsep}{old}")[1] == "2199a"


def test_without_files_of_its_own_it_is_the_package(tmp_path: Path) -> None:
    for path in ("", str(tmp_path)):
        assert asked(path)[1:] == [PACKAGE, {"used": PACKAGE, "machine": None, "package": PACKAGE}]


@pytest.mark.parametrize(
    ("zone", "at"),
    [("Africa/Gone", "2026-12-02T12:00:00+00:00"), ("America/Vancouver|Africa/Gone", "2026-12-02T18:00:00+00:00")],
)
def test_a_zone_that_the_newest_data_does_not_have_holds(tmp_path: Path, zone: str, at: str) -> None:
    folder = machine_files(tmp_path, "# version 2025b\n")
    assert asked(str(folder), zone, at)[0] == ["zone_data_missing"]


def test_versions_are_ordered_by_year_and_then_by_letters() -> None:
    ordered = ["unknown", "2025", "2025b", "2026a", "2026z", "2026aa", "2027a"]
    assert sorted(set(ordered), key=age_of) == ordered
    assert age_of(None) == age_of("unknown")


def test_it_is_decided_once() -> None:
    assert use_newest_zone_files() is use_newest_zone_files()


@pytest.mark.parametrize(
    ("first_line", "found"),
    [
        ("# version 2025b\n# more", "2025b"),
        ("# version 2026f-dirty\r\n", "2026f-dirty"),
        ("R A 1916 o", None),
        ("", None),
    ],
)
def test_zone_files_name_their_version_in_their_first_line(tmp_path: Path, first_line: str, found: str | None) -> None:
    (tmp_path / "tzdata.zi").write_text(first_line, newline="")
    assert zone_data_version(tmp_path) == found


def test_a_folder_without_that_file_names_none(tmp_path: Path) -> None:
    assert zone_data_version(tmp_path) is None
