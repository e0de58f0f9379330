"""The secret key that signs checkpoints: a file in a folder of its own in the data folder, open to nobody else."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from adapters.verifiable_log.note import Signer, made_signer
from adapters.written_file import write_whole
from domain.errors import Conflict, InvalidInput, NotReady

KEYS_FOLDER = "keys"
KEY_FILE = "log.key"
NEXT_FILE = "log.next.key"
_FOLDER_MODE = 0o700
_OTHERS = 0o077
_KEY_CHARS_MAX = 1_024


class LogKeys:
    """Read anew each time, as another process may change them; only other bytes are another key. `chance` gives so many random bytes.

    Raises `NotReady` for a file that cannot be read or written, or that others may read.
    """

    def __init__(self, folder: Path, chance: Callable[[int], bytes]) -> None:
        self.folder = folder / KEYS_FOLDER
        self._chance = chance
        self._read_before: dict[Path, tuple[bytes, Signer]] = {}

    def current(self) -> Signer | None:
        """The key that signs; None where there is none."""
        return self._read(self.folder / KEY_FILE)

    def next(self) -> Signer | None:
        """The key that signs from the next checkpoint on; None where it stays."""
        return self._read(self.folder / NEXT_FILE)

    def make(self, name: str) -> Signer:
        """The first key, on disk when this returns."""
        return self._make(KEY_FILE, name)

    def make_next(self) -> Signer:
        """The key to follow the present one, on disk when this returns. Raises `Conflict` where one waits, or none is there."""
        current = self.current()
        if current is None:
            raise Conflict(f"there is no key in {self.folder} yet: `dialtrail up` makes the first one")
        if self.next() is not None:
            raise Conflict("a new key is there already, and signs with the next checkpoint")
        return self._make(NEXT_FILE, current.key.name)

    def change(self) -> None:
        """The next key is the key; the one before it is gone."""
        with _told(self.folder):
            (self.folder / NEXT_FILE).replace(self.folder / KEY_FILE)

    def _make(self, name: str, key_name: str) -> Signer:
        signer = made_signer(key_name, self._chance)
        with _told(self.folder):
            self.folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            write_whole(self.folder / name, signer.secret_text.encode() + b"\n", mode=0o600)
        return signer

    def _read(self, path: Path) -> Signer | None:
        with _told(path):
            try:
                with path.open("rb") as file:
                    mode, text = os.fstat(file.fileno()).st_mode, file.read(_KEY_CHARS_MAX)
            except FileNotFoundError:
                return None
        if stat.S_IMODE(mode) & _OTHERS:
            raise NotReady(
                f"{path} can be read by others on this machine, who could sign in this log's name: run chmod 600 {path}, and "
                "then dialtrail log rotate-key"
            )
        before, signer = self._read_before.get(path, (b"", None))
        if signer is not None and text == before:
            return signer
        try:
            signer = Signer.parse(text.decode(errors="replace"), path.name)
        except InvalidInput as error:
            raise NotReady(f"{error.message} ({path}): put the file back from your backup of keys") from error
        self._read_before[path] = text, signer
        return signer


class _told:  # noqa: N801 - used as a function is
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError):
            raise NotReady(
                f"{self._path}: the log's key cannot be read or written ({error.strerror}); give this process the right to"
            ) from error
