"""Bundles for whoever asks a process for one: one at a time, in a file that has no name."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

from msgspec import Struct

from adapters.ledger import open_reader
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.opening import open_log_store
from application.evidence.bundle import MadeBundle, make_bundle
from application.evidence.gathering import SubjectKind
from domain.errors import NotReady, TooManyAtOnce

ONE_AT_A_TIME = "this process makes, or hands over, a bundle of evidence already: ask again once that one is there"


class BundleOrder(Struct, frozen=True, kw_only=True):
    """What a bundle shall be about, as `make_bundle` takes it."""

    subject: str
    kind: SubjectKind | None = None
    size: int | None = None
    opens: bool = True


class EvidencePlaces(Struct, frozen=True, kw_only=True):
    """Where ledger, log and keys are. `chance` gives so many random bytes, which reading the log's key asks for never."""

    folder: Path
    database_url: str | None
    keys_url: str | None
    chance: Callable[[int], bytes]


class WrittenBundle(Struct, frozen=True):
    """A bundle that was made, and how many events came after its checkpoint."""

    made: MadeBundle
    later: int


def write_bundle(out: IO[bytes], places: EvidencePlaces, order: BundleOrder) -> WrittenBundle:
    """Read the data folder or the database itself, beside whichever process writes it. Raises what `make_bundle` does."""
    with (
        closing(open_reader(places.folder, places.database_url, places.keys_url)) as reader,
        closing(open_log_store(places.folder, places.database_url, only_reads=True)) as store,
    ):
        signer = LogKeys(places.folder, places.chance).current()
        made = make_bundle(out, reader, store, signer, order.subject, order.kind, order.size, opens=order.opens)
        return WrittenBundle(made, reader.position - made.position)


class HeldBundle:
    """A bundle that waits to be handed over, at its beginning; until it is closed nobody else is given one."""

    def __init__(self, file: IO[bytes], written: WrittenBundle, release: Callable[[], None]) -> None:
        self.file = file
        self.made = written.made
        self.length = file.tell()
        self._release = release
        file.seek(0)

    def close(self) -> None:
        """It is gone, and the next one may be made."""
        try:
            self.file.close()
        finally:
            self._release()


class BundleMaker:
    """Makes one at a time for whoever asks this process, for each takes memory, disk and seconds."""

    def __init__(self, places: EvidencePlaces) -> None:
        self._places = places
        self._busy = Lock()

    def make(self, order: BundleOrder) -> HeldBundle:
        """Make one; to be called in a thread. Raises `TooManyAtOnce`, `NotReady` where the disk does not take it, and what `make_bundle` does."""
        if not self._busy.acquire(blocking=False):
            raise TooManyAtOnce(ONE_AT_A_TIME)
        file = None
        try:
            file = TemporaryFile(dir=self._places.folder)  # noqa: SIM115 - whoever takes the bundle closes it
            return HeldBundle(file, write_bundle(file, self._places, order), self._busy.release)
        except BaseException as error:
            if file is not None:
                file.close()
            self._busy.release()
            if isinstance(error, OSError):
                raise NotReady(
                    f"the bundle cannot be written in {self._places.folder}: {error.strerror}; `dialtrail doctor` looks at the disk"
                ) from error
            raise
