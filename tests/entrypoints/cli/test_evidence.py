import io
import zipfile
from pathlib import Path

import pytest

from tests.application.evidence.bundles import CAMPAIGN, bundle, home_of_release
from tests.entrypoints.cli.conftest import Run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = home_of_release(tmp_path)
    monkeypatch.setenv("DIALTRAIL_HOME", str(made))
    return made


def test_a_bundle_is_written_for_its_owner_alone(dialtrail: Run, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.write_text("from before")

    code, data, talk = dialtrail("evidence", CAMPAIGN, "--out", str(out))

    said = (
        f"331 events about the campaign {CAMPAIGN} are in {out}, as the checkpoint over 480 events has them; check it"
    )
    assert (code, data, talk) == (0, "", f"{said} with: python -I verify.py, which is in it\n")
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_bytes() == bundle(home, CAMPAIGN)[1]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "out.zip"]
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as packed:
        assert packed.testzip() is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("no_such",), 1, "nothing is known of call or campaign 'no_such' in what the log has so far"),
        ((CAMPAIGN, "--as", "person"), 2, "--as: 'person' is none of call, number and campaign"),
        ((CAMPAIGN, "--checkpoint", "3"), 1, "no checkpoint over 3 events is kept; the nearest is over 480"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(
    dialtrail: Run, home: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    out = tmp_path / "out.zip"
    assert dialtrail("evidence", *words, "--out", str(out)) == (code, "", f"dialtrail: {said}\n")
    assert list(tmp_path.iterdir()) == [home]


def test_a_place_that_is_no_file_is_refused(dialtrail: Run, home: Path, tmp_path: Path) -> None:
    said = f"dialtrail: --out: {tmp_path} is no regular file; name one\n"
    assert dialtrail("evidence", CAMPAIGN, "--out", str(tmp_path)) == (2, "", said)
    missing = tmp_path / "none" / "out.zip"
    said = f"dialtrail: --out: there is no folder {missing.parent}; make it first\n"
    assert dialtrail("evidence", CAMPAIGN, "--out", str(missing)) == (2, "", said)


def test_it_needs_the_folder_and_the_logs_key(
    dialtrail: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("evidence", CAMPAIGN, "--out", str(tmp_path / "out.zip"))
    (home / "keys" / "log.key").unlink()
    code, _, talk = dialtrail(*words)
    assert (code, "the log's key is not in this data folder" in talk) == (1, True)
    (home / "log.db").unlink()
    assert "the log has no checkpoint yet" in dialtrail(*words).talk
    monkeypatch.setenv("DIALTRAIL_URL", "http://127.0.0.1:9")
    assert "run it where that is, without DIALTRAIL_URL" in dialtrail(*words).talk
