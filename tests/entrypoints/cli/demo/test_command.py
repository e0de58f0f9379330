from pathlib import Path

import pytest

from entrypoints.cli.demo.results import Results
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.demo.test_results import results


def test_a_folder_with_something_in_it_is_not_touched(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    said = f"dialtrail: --keep: {tmp_path} is not empty; name a new folder\n"
    assert dialtrail("demo", "--keep", str(tmp_path)) == (2, "", said)
    assert dialtrail("demo", "--keep", str(tmp_path / "mine")).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("recipients", ["11", "501"])
def test_too_few_or_too_many_recipients_are_refused(dialtrail: Run, recipients: str) -> None:
    assert dialtrail("demo", "--recipients", recipients).code == 2


def test_what_broke_is_shown_with_the_last_lines_of_the_logs(
    dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.demo.scene.API_KEY", "not a header")

    code, data, talk = dialtrail("demo", "--keep", str(tmp_path / "kept"))

    *logs, last = talk.splitlines()
    assert (code, data) == (1, "")
    assert any(line.startswith("sandbox: ") for line in logs)
    assert last.startswith("dialtrail: the demo's process `sandbox` ended with code 2")


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_a_promise_that_did_not_hold_is_a_failure(
    dialtrail: Run, monkeypatch: pytest.MonkeyPatch, holds: bool, code: int
) -> None:
    async def played(*_: object) -> Results:
        return results(holds=holds)

    monkeypatch.setattr("entrypoints.cli.demo.play.play", played)

    assert dialtrail("demo").code == code
