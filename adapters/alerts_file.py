"""What is remembered of alerts: a file in the data folder, open to nobody else, that is replaced as a whole."""

import os
from contextlib import suppress
from pathlib import Path

from domain.errors import NotReady

ALERTS_FILE = "alerts.json"
SET_ASIDE = "alerts.json.unreadable"
FILE_BYTES_MAX = 8 * 1024 * 1024


class AlertsFile:
    """One process writes it. Usable from any thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ALERTS_FILE

    def read(self) -> bytes | None:
        """All that is in it; None where there is no file, or one that cannot be read."""
        try:
            with self.path.open("rb") as file:
                return file.read(FILE_BYTES_MAX)
        except OSError:
            return None

    def set_aside(self) -> None:
        """Keep a file that says nothing for a person to look at."""
        with suppress(OSError):
            self.path.replace(self.path.with_name(SET_ASIDE))

    def write(self, content: bytes) -> None:
        """Have this in it, on disk when this returns. Raises `NotReady`."""
        beside = self.path.with_suffix(".new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise NotReady(
                f"{self.path} could not be written ({error.strerror}): after a restart alerts would be told again; "
                "see to the disk"
            ) from error
