from importlib.metadata import version
from pathlib import Path

import pytest

from adapters.rule_data import installed_rule_data, zone_data_version


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


def test_the_installed_data_is_named_by_its_versions() -> None:
    found = installed_rule_data()
    assert found.zones[:2] == "20"
    assert (found.holidays, found.numbers) == (version("holidays"), version("phonenumbers"))
