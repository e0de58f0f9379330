from pathlib import Path
from typing import Any

import pytest

from adapters.sending_marks import EARLIER_MARKS_FILE
from entrypoints.doctor.examination import Around
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.upgrade.examination import examine_upgrade
from entrypoints.settings import load_settings
from tests.entrypoints.serving import NOON, TO, Serving, play

AROUND = Around(lambda: NOON, lambda: 0.0, lambda _: 10 * 1024**3)
WHOLE = {"MINIVOICE_API_KEY": "k3y", "MINIVOICE_WEBHOOK_SECRET": "s3cret"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a campaign that runs, and nobody at work on it."""

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)

    home = tmp_path / "home"
    play(home, scene)
    home.chmod(0o700)
    return home


def examined(home: Path, **environ: str) -> list[Finding]:
    marks = {"DIALTRAIL_MARKS_FOLDER": str(home.parent)}
    return examine_upgrade(load_settings({"DIALTRAIL_HOME": str(home), **WHOLE, **marks, **environ}), AROUND)


def told(findings: list[Finding], level: str) -> list[str]:
    return [one.what for one in findings if one.level == level]


def state(folder: Path) -> dict[str, Any]:
    return {
        str(one.relative_to(folder)): (one.stat().st_mtime_ns, one.read_bytes() if one.is_file() else None)
        for one in folder.rglob("*")
    }


def test_a_sound_installation_is_looked_at_without_a_trace(home: Path) -> None:
    before = state(home.parent)

    found = examined(home)

    assert state(home.parent) == before
    assert told(found, "danger") == []
    assert [text.partition(":")[0] for text in told(found, "warning")][-1] == "1 campaign not paused"
    assert any(text.endswith("records divergence.observed, which it does not know") for text in told(found, "note"))
    kept_open = told(examined(home, DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX="0"), "note")
    assert "0.1.0 can read all of the ledger, and go on with it" in kept_open


def test_a_process_that_may_be_running_is_named_and_left_alone(home: Path) -> None:
    (home / "owner.json").write_text('{"pid": 12, "command": "up", "url": "http://127.0.0.1:1", "token": "s3cr3t"}')

    found = examined(home)

    assert f"`dialtrail up` (process 12) may be running on {home}: it was not disturbed" in told(found, "note")
    assert "s3cr3t" not in str(found)


def test_without_a_ledger_it_says_so(tmp_path: Path) -> None:
    found = examined(tmp_path / "none")

    assert "there is no ledger yet" in told(found, "note")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_ledger_is_a_danger(home: Path) -> None:
    (home / "ledger.db").write_bytes(b"damaged" * 1_000)

    assert any("ledger.db cannot be read" in text for text in told(examined(home), "danger"))


def test_a_folder_that_everybody_may_write_is_a_danger(home: Path) -> None:
    home.chmod(0o777)

    assert f"everybody on this machine may write into {home}, and this version refuses to start there" in told(
        examined(home), "danger"
    )


def test_marks_of_an_earlier_version_and_where_they_go_are_noted(home: Path) -> None:
    (home / EARLIER_MARKS_FILE).touch()

    assert any("sending.marks is taken away at the first start" in text for text in told(examined(home), "note"))


def test_no_folder_for_the_marks_is_a_danger(home: Path) -> None:
    found = examined(home, DIALTRAIL_MARKS_FOLDER=str(home / "none"))

    assert [text.partition(":")[0] for text in told(found, "danger")] == ["DIALTRAIL_MARKS_FOLDER"]


def test_a_ledger_elsewhere_is_for_the_machine_that_it_is_on(home: Path) -> None:
    found = examined(home, DIALTRAIL_URL="https://calls.example.org")

    assert "DIALTRAIL_URL: the ledger is at https://calls.example.org, and was not looked at" in told(found, "note")
    assert not any("campaign not paused" in one.what for one in found)


def test_a_database_that_cannot_be_reached_is_a_danger(home: Path) -> None:
    found = examined(home, DIALTRAIL_DATABASE_URL=f"postgresql:///none?host={home}")

    assert any("the database cannot be reached" in text for text in told(found, "danger"))


def test_a_ledger_that_is_sealed_is_this_versions_own(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)

    play(tmp_path / "home", scene, DIALTRAIL_SEALED="1")

    said = told(examined(tmp_path / "home"), "note")
    assert any("the ledger is sealed" in text for text in said)
    assert "0.1.0 cannot go on with this ledger: it is sealed" in said


def test_a_folder_that_this_user_may_not_look_into_is_said_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> list[Finding]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("entrypoints.doctor.upgrade.examination._folder", refused)

    assert f"DIALTRAIL_HOME: {home} cannot be looked into (Permission denied)" in told(examined(home), "danger")
