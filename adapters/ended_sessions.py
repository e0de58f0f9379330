"""Which sessions were signed out of, kept in the data folder, where no database is shared: a restart lets nobody back in."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from domain.errors import NotReady

ENDED_FILE = "ended-sessions"
FILE_BYTES_MAX = 4 * 1024 * 1024


class SignedOut(Protocol):
    """Session ids until they would have ended by themselves."""

    def has(self, session_id: str) -> bool:
        """Whether it was signed out of; only looks into memory."""

    def remember(self, session_id: str, expires: int, now_seconds: int) -> None:
        """From now on it is ended, and on disk when this returns. Raises `NotReady`."""

    def all(self) -> Mapping[str, int]:
        """Each that is ended, until when, in unix seconds. Raises `NotReady`."""

    def take_all(self, ended: Mapping[str, int]) -> None:
        """These are ended here, too; on disk when this returns. Raises `NotReady`."""


class EndedSessions:
    """Session ids until they would have ended by themselves. A line of the file is `id expires`, in unix seconds.

    `remember` writes, and may be called from any thread; `has` only looks into memory.
    """

    def __init__(self, folder: Path, now_seconds: int) -> None:
        self._path = folder / ENDED_FILE
        self._lock = threading.Lock()
        self._expires = {one: expires for one, expires in _read(self._path) if expires > now_seconds}

    def has(self, session_id: str) -> bool:
        """Whether it was signed out of."""
        return session_id in self._expires

    def all(self) -> Mapping[str, int]:
        """Each that is ended, until when."""
        return self._expires

    def take_all(self, ended: Mapping[str, int]) -> None:
        """These are ended here, too. Raises `NotReady`."""
        with self._lock:
            self._expires |= ended
            self._write("the copy is not complete", "give the same command again")

    def remember(self, session_id: str, expires: int, now_seconds: int) -> None:
        """From now on it is ended, and on disk when this returns. Raises `NotReady` where it is ended only until a restart."""
        with self._lock:
            known = {one: until for one, until in self._expires.items() if until > now_seconds}
            known[session_id] = expires
            self._expires = known
            self._write(
                "you are signed out",
                "a restart would let this session in again; see to the disk, and sign out once more",
            )

    def _write(self, so_far: str, to_do: str) -> None:
        try:
            self._replace("".join(f"{one} {until}\n" for one, until in self._expires.items()))
        except OSError as error:
            raise NotReady(f"{so_far}, but {self._path} could not be written ({error.strerror}): {to_do}") from error

    def _replace(self, text: str) -> None:
        beside = self._path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _read(path: Path) -> list[tuple[str, int]]:
    """What the file says, as far as it can be read; nothing where there is none."""
    try:
        with path.open("rb") as file:
            lines = file.read(FILE_BYTES_MAX).decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        return []
    parts = [line.split(" ") for line in lines]
    return [(one[0], int(one[1])) for one in parts if len(one) == 2 and one[1].isascii() and one[1].isdigit()]
