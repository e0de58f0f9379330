"""Where checkpoints go: the data folder, and files or directories elsewhere, which whoever alters the ledger cannot reach."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from adapters.written_file import write_whole

CHECKPOINT_FILE = "checkpoint"
NOTE_BYTES_MAX = 128 * 1024
_MODE = 0o644  # nothing of it is secret, and whoever keeps it may be another user


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

    def found(self) -> Iterator[tuple[Path, bytes]]:
        """The newest checkpoint at each place where one can be read."""
        for place in self._places:
            path = place / CHECKPOINT_FILE if place.is_dir() else place
            try:
                with path.open("rb") as file:
                    yield path, file.read(NOTE_BYTES_MAX)
            except OSError:
                continue


def _files_of(place: Path, at: datetime) -> list[Path]:
    if not place.is_dir():
        return [place]
    return [place / CHECKPOINT_FILE, place / f"{CHECKPOINT_FILE}-{at:%Y-%m-%d}"]
