"""What a witness knows of each log, in files of its own: the last checkpoint that it cosigned, on disk before it says so."""

import fcntl
import os
from hashlib import sha256
from pathlib import Path

from adapters.verifiable_log.add_checkpoint import REQUEST_BYTES_MAX
from adapters.verifiable_log.note import NOTE_BYTES_MAX
from domain.errors import FolderInUse, NotReady, SettingsError

KNOWN = ".checkpoint"
REFUSED = ".refused"


def origin_hash(origin: str) -> str:
    """Which file, and which path, is about a log: the SHA-256 of its origin, as hex."""
    return sha256(origin.encode()).hexdigest()


class WitnessFolder:
    """A folder of one witness, which owns it from here until `close`, or the end of its process."""

    def __init__(self, folder: Path) -> None:
        """Raises `FolderInUse` where another witness owns it, and `SettingsError` where it cannot be used."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise SettingsError(f"--state: {folder} cannot be used ({error.strerror}); name another folder") from error
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._held)
            raise FolderInUse(
                f"another witness works in {folder}; end it, or name another folder by --state"
            ) from error

    def close(self) -> None:
        """Let go of it."""
        os.close(self._held)

    def known(self, origin: str) -> bytes | None:
        """The note that was kept last; None where none was. Raises `SettingsError` where it cannot be read."""
        path = self._path(origin, KNOWN)
        try:
            with path.open("rb") as file:
                return file.read(NOTE_BYTES_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(f"--state: {path} cannot be read ({error.strerror}); give its rights back") from error

    def keep(self, origin: str, note: bytes) -> None:
        """Have this note known, on disk when this returns. Raises `NotReady`."""
        self._write(self._path(origin, KNOWN), note)

    def keep_refused(self, origin: str, body: bytes) -> Path:
        """Keep what a log signed and must not have: the first of each log. Raises `NotReady`."""
        path = self._path(origin, REFUSED)
        if not path.exists():
            self._write(path, body[:REQUEST_BYTES_MAX])
        return path

    def _path(self, origin: str, suffix: str) -> Path:
        return self.folder / f"{origin_hash(origin)}{suffix}"

    def _write(self, path: Path, content: bytes) -> None:
        beside = path.with_name(f"{path.name}.new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            os.fsync(self._held)  # the name itself
        except OSError as error:
            raise NotReady(f"{path} could not be written ({error.strerror}); see to the disk") from error
