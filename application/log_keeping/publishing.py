"""Where checkpoints go: the data folder, and files or directories elsewhere, which whoever alters the ledger cannot reach."""

import heapq
from collections.abc import Container, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from adapters.written_file import write_whole

CHECKPOINT_FILE = "checkpoint"
NOTE_BYTES_MAX = 128 * 1024
DATED_MAX = 1_000
_MODE = 0o644  # nothing of it is secret, and whoever keeps it may be another user


class PublishedNotes(NamedTuple):
    """Checkpoints that lie at the places, and the places, each with why, that cannot be read."""

    notes: list[tuple[Path, bytes]]
    unread: list[str]


class CheckpointPlaces:
    """`elsewhere` are files, or directories: such one gets the newest, and the last of each day under its date."""

    def __init__(self, folder: Path, elsewhere: Sequence[Path] = ()) -> None:
        self._places = [folder / CHECKPOINT_FILE, *elsewhere]
        self._written: dict[Path, bytes] = {}
        self.troubles: list[str] = []

    def publish(self, note: bytes, at: datetime) -> None:
        """Have it wherever it is not yet; `troubles` says where that could not be done, and it is tried again with the next call."""
        self.troubles = []
        for place in self._places:
            try:
                for path in _files_of(place, at):
                    if self._written.get(path) != note:
                        write_whole(path, note, mode=_MODE)
                        self._written[path] = note
                if len(self._written) > 2 * len(self._places):  # of the days before
                    self._written = {path: kept for path, kept in self._written.items() if kept == note}
            except OSError as error:
                self.troubles.append(f"the log's checkpoint could not be written to {place} ({error.strerror})")

    def paths(self, at: datetime) -> set[Path]:
        """What the next call writes. A place that cannot be looked at has none."""
        found: set[Path] = set()
        for place in self._places:
            with suppress(OSError):
                found.update(_files_of(place, at))
        return found

    def has(self, note: bytes, at: datetime) -> bool:
        """Whether it was written already wherever it is to be."""
        return not self.troubles and all(self._written.get(path) == note for path in self.paths(at))

    def look(self, known: Container[Path] = ()) -> PublishedNotes:
        """What lies at each place, the last `DATED_MAX` days of a directory as well; paths that are `known` are left out.

        A file that is not there was not published yet; a directory that is not there may be a share that is away.
        """
        notes: list[tuple[Path, bytes]] = []
        unread = []
        for place in self._places:
            try:
                found = ((path, _read(path)) for path in _paths_at(place) if path not in known)
                notes += [(path, note) for path, note in found if note is not None]
            except OSError as error:
                unread.append(f"{place} ({error.strerror})")
        return PublishedNotes(notes, unread)


def _paths_at(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    dated = heapq.nlargest(DATED_MAX, place.glob(f"{CHECKPOINT_FILE}-????-??-??"))
    return [place / CHECKPOINT_FILE, *dated]


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(NOTE_BYTES_MAX)
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise
        return None


def _files_of(place: Path, at: datetime) -> list[Path]:
    if not place.is_dir():
        return [place]
    return [place / CHECKPOINT_FILE, place / f"{CHECKPOINT_FILE}-{at:%Y-%m-%d}"]
