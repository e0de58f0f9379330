from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Run


def test_a_folder_with_something_in_it_is_not_touched(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    said = f"dialtrail: --keep: {tmp_path} is not empty; name a new folder\n"
    assert dialtrail("demo", "--keep", str(tmp_path)) == (2, "", said)
    assert dialtrail("demo", "--keep", str(tmp_path / "mine")).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_too_many_recipients_are_refused(dialtrail: Run) -> None:
    assert dialtrail("demo", "--recipients", "5001").code == 2


def test_what_broke_is_shown_with_the_last_lines_of_the_logs(
    dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.demo.scene.API_KEY", "not a header")

    code, data, talk = dialtrail("demo", "--keep", str(tmp_path / "kept"))

    *logs, last = talk.splitlines()
    assert (code, data) == (1, "")
    assert any(line.startswith("sandbox: ") for line in logs)
    assert last.startswith("dialtrail: the demo's process `sandbox` ended with code 2")
