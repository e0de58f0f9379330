"""One process owns a data folder at a time: an OS lock on the folder itself, and a file in it that says which process.

The file can be removed or replaced while the folder is owned, so the folder carries the lock. The file is locked as well:
that is where an earlier version looks.
"""

import errno
import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

from adapters.folder_modes import keep_private
from domain.errors import FolderInUse

OWNER_FILE = "owner.json"


class Owner(Struct, frozen=True):
    """Who owns the folder: `url` and `token` once it listens, None before or where it does not."""

    pid: int
    command: str
    url: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        return f"Owner(pid={self.pid}, command={self.command!r}, url={self.url!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """What Rich shows, as in its tracebacks: not the token either."""
        return [("pid", self.pid), ("command", self.command), ("url", self.url)]


class FolderOwner:
    """Holds a data folder from `take` until `release`, or the end of the process.

    `warnings` say what is wrong with the rights of the folder.
    """

    def __init__(
        self, folder: Path, lock: int, file: IO[bytes], owner: Owner, there: "_Found", warnings: Sequence[str] = ()
    ) -> None:
        self.warnings = tuple(warnings)
        self.folder = folder
        self._there = there
        self._is_kept = False
        self._lock = lock
        self._file = file
        self._owner = owner

    @classmethod
    def take(cls, folder: Path, command: str) -> "FolderOwner":
        """Make the folder if need be, and own it. Raises `FolderInUse` where another process does.

        What is ours in it is nobody else's to read or write from then on. Raises `SettingsError` where everybody may write
        into the folder itself.
        """
        try:
            there = _found_in(folder)
            _make_durably(folder)
            warnings = keep_private(folder)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            _lock(lock, folder)
            file = _locked_file(folder)
        except BaseException:
            os.close(lock)
            raise
        taken = cls(folder, lock, file, Owner(os.getpid(), command), there, warnings)
        taken._write()
        return taken

    @property
    def command(self) -> str:
        """By what it is held."""
        return self._owner.command

    def keep(self) -> None:
        """Something elsewhere is about this very folder, such as sending marks: it stays, whether anything lies in it or not."""
        self._is_kept = True

    def announce(self, url: str, token: str) -> None:
        """Say where this process listens, and with which token its owner's other commands may talk to it."""
        self._owner = Owner(self._owner.pid, self._owner.command, url, token)
        self._write()

    def release(self) -> None:
        """Give the folder back; where nothing came to lie in it meanwhile, as it was found, or not at all, unless it is kept."""
        if not self._file.closed:
            self._file.truncate(0)
            if not self._is_kept:
                self._leave_nothing_new()
            self._file.close()
            os.close(self._lock)

    def _leave_nothing_new(self) -> None:
        with suppress(OSError):  # it is only for tidiness
            if OWNER_FILE not in self._there.names and _names(self.folder) == {*self._there.names, OWNER_FILE}:
                (self.folder / OWNER_FILE).unlink()
                if not self._there.is_folder:
                    self.folder.rmdir()

    def _write(self) -> None:
        owner = self._owner
        text = json.dumps({"pid": owner.pid, "command": owner.command, "url": owner.url, "token": owner.token})
        self._file.seek(0)
        self._file.write(text.encode())
        self._file.truncate(len(text.encode()))


class _Found(Struct, frozen=True):
    """What was there before the folder was taken."""

    is_folder: bool
    names: frozenset[str] = frozenset()


def _make_durably(folder: Path) -> None:
    """Make it, and the folders that it lies in, and have it on disk that they are there: all that is in it goes with its name."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in made:
        try:
            above = os.open(one.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except PermissionError:  # it may be written and not read: nobody can do more for the name
            continue
        try:
            os.fsync(above)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a file system that does not know it
                raise
        finally:
            os.close(above)


def _found_in(folder: Path) -> _Found:
    try:
        return _Found(is_folder=True, names=_names(folder))
    except (FileNotFoundError, NotADirectoryError):
        return _Found(is_folder=False)


def _names(folder: Path) -> frozenset[str]:
    return frozenset(one.name for one in folder.iterdir())


def read_owner(folder: Path) -> Owner | None:
    """What the folder's file says of its owner; None where it says nothing."""
    try:
        said = json.loads((folder / OWNER_FILE).read_bytes())
        return Owner(int(said["pid"]), str(said["command"]), said["url"], said["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _locked_file(folder: Path) -> IO[bytes]:
    try:
        descriptor = os.open(folder / OWNER_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    file = os.fdopen(descriptor, "r+b", buffering=0)
    try:
        _lock(descriptor, folder)
        os.fchmod(descriptor, 0o600)
    except BaseException:
        file.close()
        raise
    return file


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = read_owner(folder)
        who = "another process" if owner is None else f"`dialtrail {owner.command}` (process {owner.pid})"
        raise FolderInUse(f"the data folder {folder} is in use by {who}; stop it, or set DIALTRAIL_HOME") from None
    except OSError as error:
        raise FolderInUse(
            f"DIALTRAIL_HOME: the folder {folder} cannot be locked ({error.strerror}), so that a second process could "
            "use it; set it to one on a disk of this machine"
        ) from error


def _unusable(folder: Path, error: OSError) -> FolderInUse:
    return FolderInUse(
        f"DIALTRAIL_HOME: the folder {folder} cannot be used ({error.strerror}); set it to one that you may write"
    )
