import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from adapters.folder_owner import (
    OWNER_FILE,
    FolderOwner,
    Owner,
    read_owner,
)
from domain.errors import FolderInUse
from tests.child_process import ChildProcess

CHECKOUT = Path(__file__).resolve().parents[2]
NOBODY_UID = 65534


@contextmanager
def another_process_owning(folder: Path) -> Iterator["ChildProcess[str]"]:
    command = [sys.executable, "-m", "tests.adapters.ledger.processes", "own", str(folder)]
    with ChildProcess(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert said_by(process) == '"owned"'
            yield process
        finally:
            process.kill()


def said_by(process: "ChildProcess[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "ChildProcess[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def test_a_folder_is_made_and_owned_and_says_by_whom(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"

    owner = FolderOwner.take(folder, "up")

    assert read_owner(folder) == Owner(os.getpid(), "up", None, None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    owner.release()
    owner.release()
    assert read_owner(folder) is None
    assert not folder.exists()


@pytest.mark.parametrize("before", [[], ["notes.txt"], ["notes.txt", OWNER_FILE]])
def test_a_folder_in_which_nothing_came_to_lie_is_left_as_it_was(tmp_path: Path, before: list[str]) -> None:
    for name in before:
        (tmp_path / name).touch()

    FolderOwner.take(tmp_path, "up").release()

    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(before)


def test_a_folder_that_something_elsewhere_is_about_is_kept_though_it_is_empty(tmp_path: Path) -> None:
    owner = FolderOwner.take(tmp_path / "data", "up")
    owner.keep()
    before = (tmp_path / "data").stat().st_ino

    owner.release()

    assert (tmp_path / "data").stat().st_ino == before


def test_a_folder_with_something_new_is_kept(tmp_path: Path) -> None:
    owner = FolderOwner.take(tmp_path / "data", "up")
    (tmp_path / "data" / "ledger.db").touch()

    owner.release()

    assert sorted(one.name for one in (tmp_path / "data").iterdir()) == ["ledger.db", OWNER_FILE]


def test_a_second_process_is_told_who_owns_the_folder(tmp_path: Path) -> None:
    with another_process_owning(tmp_path) as process, pytest.raises(FolderInUse) as refused:
        FolderOwner.take(tmp_path, "dial")

    assert str(refused.value) == (
        f"the data folder {tmp_path} is in use by `dialtrail up --port 8080` (process {process.pid}); "
        "stop it, or set DIALTRAIL_HOME"
    )


def test_the_same_process_cannot_take_a_folder_twice(tmp_path: Path) -> None:
    owner = FolderOwner.take(tmp_path, "up")
    with pytest.raises(FolderInUse, match=f"`dialtrail up` \\(process {os.getpid()}\\)"):
        FolderOwner.take(tmp_path, "dial")
    owner.release()

    FolderOwner.take(tmp_path, "dial").release()


def test_being_refused_changes_nothing_that_the_owner_said(tmp_path: Path) -> None:
    with another_process_owning(tmp_path) as process:
        tell(process, "announce")
        assert said_by(process) == '"announced"'
        with pytest.raises(FolderInUse):
            FolderOwner.take(tmp_path, "dial")

        assert read_owner(tmp_path) == Owner(process.pid, "up --port 8080", "http://127.0.0.1:8080", "s3cret")


def test_a_killed_owner_leaves_the_folder_to_the_next(tmp_path: Path) -> None:
    with another_process_owning(tmp_path) as process:
        tell(process, "announce")
        assert said_by(process) == '"announced"'
        process.kill()
        process.wait(timeout=20)

        owner = FolderOwner.take(tmp_path, "dial")

    assert read_owner(tmp_path) == Owner(os.getpid(), "dial", None, None)
    owner.release()


def test_a_folder_that_was_released_can_be_taken_while_its_old_owner_lives(tmp_path: Path) -> None:
    with another_process_owning(tmp_path) as process:
        tell(process, "release")
        assert said_by(process) == '"released"'
        FolderOwner.take(tmp_path, "dial").release()


def remove(file: Path) -> None:
    file.unlink()


def replace_by_a_copy(file: Path) -> None:
    copy = file.with_suffix(".copy")
    copy.write_bytes(file.read_bytes())
    copy.replace(file)


def rename(file: Path) -> None:
    file.rename(file.with_suffix(".old"))


@pytest.mark.parametrize("meddle", [remove, replace_by_a_copy, rename])
def test_the_folder_stays_owned_whatever_becomes_of_the_file_in_it(
    tmp_path: Path, meddle: Callable[[Path], None]
) -> None:
    with another_process_owning(tmp_path):
        meddle(tmp_path / OWNER_FILE)
        with pytest.raises(FolderInUse, match="is in use by"):
            FolderOwner.take(tmp_path, "up")


def test_the_folder_stays_owned_under_another_name_of_it(tmp_path: Path) -> None:
    folder, other = tmp_path / "data", tmp_path / "link"
    other.symlink_to(folder)
    owner = FolderOwner.take(folder, "up")
    (folder / OWNER_FILE).unlink()

    with pytest.raises(FolderInUse):
        FolderOwner.take(other, "up")
    owner.release()


def test_an_owner_of_an_earlier_version_which_locks_the_file_alone_is_respected(tmp_path: Path) -> None:
    with (tmp_path / OWNER_FILE).open("w+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(FolderInUse, match="is in use by another process"):
            FolderOwner.take(tmp_path, "up")

    FolderOwner.take(tmp_path, "up").release()


def test_a_folder_that_cannot_be_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(
        FolderInUse, match=f"DIALTRAIL_HOME: the folder {tmp_path} cannot be locked .No locks available"
    ):
        FolderOwner.take(tmp_path, "up")


def test_only_the_owner_s_user_may_read_the_token(tmp_path: Path) -> None:
    (tmp_path / OWNER_FILE).write_text("left by somebody careless")
    (tmp_path / OWNER_FILE).chmod(0o666)

    owner = FolderOwner.take(tmp_path, "up")
    owner.announce("http://127.0.0.1:8080", "s3cret")

    assert stat.S_IMODE((tmp_path / OWNER_FILE).stat().st_mode) == 0o600
    owner.release()
    assert stat.S_IMODE((tmp_path / OWNER_FILE).stat().st_mode) == 0o600
    assert (tmp_path / OWNER_FILE).read_bytes() == b""


def test_the_token_is_not_shown() -> None:
    owner = Owner(1, "up", "http://127.0.0.1:8080", "s3cret")

    assert repr(owner) == "Owner(pid=1, command='up', url='http://127.0.0.1:8080')"
    assert "s3cret" not in f"{owner} {owner!r} {[owner]} {pretty_repr(owner)}"
    assert "8080" in pretty_repr(owner)


def test_an_owner_that_listens_says_where_and_with_which_token(tmp_path: Path) -> None:
    owner = FolderOwner.take(tmp_path, "up")
    assert read_owner(tmp_path) == Owner(os.getpid(), "up", None, None)
    owner.announce("http://127.0.0.1:8080", "s3cret")

    assert read_owner(tmp_path) == Owner(os.getpid(), "up", "http://127.0.0.1:8080", "s3cret")
    owner.release()
    assert read_owner(tmp_path) is None


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"\xff\x00", b"[]", b"7", b"null", b'{"pid": 1}', b'{"pid": "x", "command": "up"}']
)
def test_garbage_says_nothing_of_an_owner_and_does_not_keep_anybody_out(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / OWNER_FILE).write_bytes(garbage)
    assert read_owner(tmp_path) is None

    owner = FolderOwner.take(tmp_path, "up")

    assert read_owner(tmp_path) == Owner(os.getpid(), "up", None, None)
    owner.release()


def test_an_owner_whose_file_is_garbage_is_another_process(tmp_path: Path) -> None:
    with another_process_owning(tmp_path):
        (tmp_path / OWNER_FILE).write_bytes(b"garbage")
        with pytest.raises(FolderInUse, match="is in use by another process; stop it"):
            FolderOwner.take(tmp_path, "dial")


def test_a_shorter_announcement_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    owner = FolderOwner.take(tmp_path, "up")
    owner.announce("http://127.0.0.1:8080/" + "long" * 50, "s3cret")
    owner.announce("http://h", "t")

    assert read_owner(tmp_path) == Owner(os.getpid(), "up", "http://h", "t")
    owner.release()


def test_a_folder_that_is_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for folder in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(FolderInUse, match=f"DIALTRAIL_HOME: the folder {folder} cannot be used"):
            FolderOwner.take(folder, "up")


def test_an_owner_file_that_is_a_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / OWNER_FILE).mkdir()
    with pytest.raises(FolderInUse, match=r"cannot be used \(Is a directory\)"):
        FolderOwner.take(tmp_path, "up")


def test_a_folder_that_may_not_be_written_cannot_be_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    program = (
        "import os, sys; from pathlib import Path; from adapters.folder_owner import FolderOwner\n"
        f"os.geteuid() == 0 and os.seteuid({NOBODY_UID})\n"
        "try: FolderOwner.take(Path(sys.argv[1]), 'up')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == (
        f"FolderInUse DIALTRAIL_HOME: the folder {tmp_path} cannot be used (Permission denied); set it to one that you may write"
    )


def test_a_folder_is_made_where_one_may_write_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.open

    def refused(path: Path, flags: int, *more: int) -> int:
        if path == tmp_path and flags & os.O_DIRECTORY:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really(path, flags, *more)

    monkeypatch.setattr(os, "open", refused)

    FolderOwner.take(tmp_path / "data", "up").release()
