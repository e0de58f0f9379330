"""What tells a file from one that was put in its place."""

import os
import shutil
from pathlib import Path

from adapters.ledger.sqlite import file_identity as asked
from adapters.ledger.sqlite.file_identity import file_identity


def test_a_file_is_the_same_whatever_becomes_of_it_and_its_copy_is_another(tmp_path: Path) -> None:
    file, copy = tmp_path / "file", tmp_path / "copy"
    file.write_bytes(b"one")
    before = file_identity(file)

    file.write_bytes(b"two")
    os.utime(file, (5, 5))
    assert file_identity(file.rename(tmp_path / "moved")) == before
    shutil.copy2(tmp_path / "moved", copy)
    (tmp_path / "moved").unlink()
    shutil.copy2(copy, tmp_path / "moved")  # many file systems give it the number that has become free

    assert file_identity(tmp_path / "moved") != before
    assert "born" in before


def test_where_the_system_does_not_say_when_it_was_made_the_rest_is_known(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert asked._born(missing) is None
