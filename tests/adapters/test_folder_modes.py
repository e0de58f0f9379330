import stat
from pathlib import Path

import pytest

from adapters.folder_modes import OURS, keep_private
from adapters.folder_owner import FolderOwner
from domain.errors import SettingsError


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("pattern", OURS)
@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o666, 0o600), (0o640, 0o600), (0o400, 0o400)])
def test_our_files_are_taken_from_all_others_at_each_start(
    tmp_path: Path, pattern: str, before: int, after: int
) -> None:
    file = tmp_path / pattern.replace("*", "")
    file.parent.mkdir(exist_ok=True)
    file.touch()
    file.chmod(before)
    if file.name == "owner.json":
        after = 0o600
    FolderOwner.take(tmp_path, "up").release()
    assert mode_of(file) == after


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.touch()
    file.chmod(0o644)
    assert keep_private(tmp_path) == []
    assert mode_of(file) == 0o644


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o711, 0o770])
def test_a_folder_that_others_may_enter_is_warned_of(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    owner = FolderOwner.take(tmp_path, "up")
    owner.release()
    said = f"{tmp_path} is open to others on this machine (mode {mode:03o}); run: chmod 700 {tmp_path}"
    assert owner.warnings == (said,)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o703])
def test_a_folder_that_everybody_may_write_into_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(SettingsError, match="run: chmod 700"):
        FolderOwner.take(tmp_path, "up")
    tmp_path.chmod(0o700)
    FolderOwner.take(tmp_path, "up").release()


def test_a_file_of_another_user_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ledger.db"
    file.touch()
    file.chmod(0o644)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)
    (said,) = keep_private(tmp_path)
    assert said == f"{file} is open to others (mode 644), and another user's; let them run: chmod 600 {file}"
