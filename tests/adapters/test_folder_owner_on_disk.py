"""A folder that was just made outlives a loss of power."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from domain.errors import FolderInUse


def refusing(number: int) -> Callable[[int], None]:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_folders_that_it_makes_are_on_disk_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink()))

    for _ in range(2):
        owner = FolderOwner.take(tmp_path / "a" / "b", "up")
        owner.keep()
        owner.release()

    assert synced == [tmp_path / "a", tmp_path]


def test_a_file_system_that_cannot_sync_folders_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refusing(errno.EINVAL))
    FolderOwner.take(tmp_path / "a", "up").release()


def test_a_folder_that_the_disk_does_not_take_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO))
    with pytest.raises(FolderInUse, match=r"cannot be used \(Input/output error\)"):
        FolderOwner.take(tmp_path / "a", "up")
