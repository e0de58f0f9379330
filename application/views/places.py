"""Where the views are kept: a file beside the ledger, or a schema in its database; and what is asked of the ledger."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from adapters.ledger.locks import OWNER_LOCK
from domain.events import Recorded
from projections.keeping import KeeperLease
from projections.merging import merge_into_schema, merged_file
from projections.store import (
    SCHEMA,
    SCHEMA_IN_THE_MAKING,
    WAL_BYTES_MAX,
    ViewsProgress,
    ViewStore,
    postgres_store,
    sqlite_store,
)
from projections.views import VERSIONS

VIEWS_FILE = "views.db"
VIEWS_FILE_IN_THE_MAKING = "views.db.in-the-making"


class LedgerReads(Protocol):
    """What the projector asks of the ledger."""

    @property
    def position(self) -> int:
        """The last position on disk."""

    def read_feed(self, after_position: int, events_max: int) -> list[Recorded]:
        """Events in the ledger's order, after a position."""

    def read_streams(self, streams: Collection[str], up_to_position: int) -> Mapping[str, Sequence[Recorded]]:
        """Several streams' events up to a position."""

    def recipient_stream(self, number: str) -> str:
        """The stream of a number, under the ledger's key."""


class Places(Protocol):
    """Where the views are kept: those in use, and those in the making.

    Only who keeps them may call anything but `for_readers`.
    """

    def take(self) -> bool:
        """Whether this process keeps them, from now on or still; where it does not, another one does."""

    def release(self) -> None:
        """Let another process keep them."""

    def in_use(self) -> ViewStore:
        """Open the ones in use, made empty where there are none."""

    def for_readers(self) -> ViewStore:
        """Open the ones in use, which are there."""

    def in_the_making(self) -> ViewStore:
        """Begin empty ones beside them."""

    def made_of(self, parts: Sequence[Path], progress: ViewsProgress) -> ViewStore:
        """Make them beside the ones in use, of the files of all shares, which are at this position."""

    def are_in_place(self) -> bool:
        """Whether the ones that were opened are still there."""

    def discard(self) -> None:
        """Remove the ones in use, which are closed."""

    def give_up(self) -> None:
        """Remove the ones in the making, which are closed; without effect where they are in use by now."""

    def swap(self) -> None:
        """Put the ones in the making, which are closed as the ones in use are, in their place."""


class ViewsFile:
    """`views.db` in the data folder, which belongs to one process at a time."""

    def __init__(self, folder: Path, wal_bytes_max: int = WAL_BYTES_MAX) -> None:
        self._wal_bytes_max = wal_bytes_max
        self._path = folder / VIEWS_FILE
        self._new = folder / VIEWS_FILE_IN_THE_MAKING
        self._inode: int | None = None

    def take(self) -> bool:
        """Whoever owns the folder keeps them."""
        return True

    def release(self) -> None:
        """They go with the folder."""

    def in_use(self) -> ViewStore:
        """Open the file, made empty if there is none."""
        store = _created(sqlite_store(self._path, self._wal_bytes_max))
        self._inode = self._path.stat().st_ino
        return store

    def for_readers(self) -> ViewStore:
        """Open the file."""
        return sqlite_store(self._path, self._wal_bytes_max)

    def in_the_making(self) -> ViewStore:
        """Begin an empty file."""
        _remove(self._new)
        return _created(sqlite_store(self._new, self._wal_bytes_max))

    def made_of(self, parts: Sequence[Path], progress: ViewsProgress) -> ViewStore:
        """Make the file beside, and open it."""
        _remove(self._new)
        merged_file(self._new, parts, VERSIONS.items(), progress)
        return sqlite_store(self._new, self._wal_bytes_max)

    def are_in_place(self) -> bool:
        """Whether the file has not been removed, nor another put in its place."""
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def discard(self) -> None:
        """Remove the file."""
        _remove(self._path)

    def give_up(self) -> None:
        """Remove the file in the making."""
        _remove(self._new)

    def swap(self) -> None:
        """Rename the new file to the old one's name, under which one of the two is at every moment."""
        _remove_beside(self._path)
        self._new.replace(self._path)


class ViewsSchema:
    """A schema of the ledger's PostgreSQL database, which processes with other data folders may use, too.

    `for_owner`: for a process that is there to keep them, as long as it runs. No command may take the views while such ones
    run on the database, also where nobody keeps them just now, as when a child is started again. With `reads_only` they are
    always another process's.
    """

    def __init__(self, url: str, *, for_owner: bool = False, reads_only: bool = False) -> None:
        self._url = url
        self._lease = None if reads_only else KeeperLease(url, unless_held=None if for_owner else OWNER_LOCK)

    def take(self) -> bool:
        """The one process that holds their lease keeps them."""
        return self._lease is not None and self._lease.take()

    def release(self) -> None:
        """Give the lease back."""
        if self._lease is not None:
            self._lease.release()

    def in_use(self) -> ViewStore:
        """Open the schema, made empty if there is none."""
        return _created(postgres_store(self._url, SCHEMA))

    def for_readers(self) -> ViewStore:
        """Open the schema."""
        return postgres_store(self._url, SCHEMA)

    def in_the_making(self) -> ViewStore:
        """Begin an empty schema."""
        store = postgres_store(self._url, SCHEMA_IN_THE_MAKING)
        store.drop()
        return _created(store)

    def made_of(self, parts: Sequence[Path], progress: ViewsProgress) -> ViewStore:
        """Make the schema beside, and open it."""
        store = postgres_store(self._url, SCHEMA_IN_THE_MAKING)
        try:
            store.drop()
            merge_into_schema(store, parts, VERSIONS.items(), progress)
        except BaseException:
            store.close()
            raise
        return store

    def are_in_place(self) -> bool:
        """A schema that was dropped is noticed by whoever uses it."""
        return True

    def discard(self) -> None:
        """Remove the schema."""
        self._drop(SCHEMA)

    def give_up(self) -> None:
        """Remove the schema in the making."""
        self._drop(SCHEMA_IN_THE_MAKING)

    def _drop(self, schema: str) -> None:
        with closing(postgres_store(self._url, schema)) as store:
            store.drop()

    def swap(self) -> None:
        """Rename the new schema to the old one's name, both in one transaction."""
        with closing(postgres_store(self._url, SCHEMA_IN_THE_MAKING)) as store:
            store.rename_to(SCHEMA)


def places_in(
    folder: Path, database_url: str | None, wal_bytes_max: int, *, for_owner: bool, reads_only: bool = False
) -> Places:
    """Where the views of a ledger are kept: in its data folder, or where it has one in its database."""
    if database_url is None:
        return ViewsFile(folder, wal_bytes_max)
    return ViewsSchema(database_url, for_owner=for_owner, reads_only=reads_only)


def _created(store: ViewStore) -> ViewStore:
    try:
        store.create()
    except BaseException:
        store.close()
        raise
    return store


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_beside(path)


def _remove_beside(path: Path) -> None:
    """Remove what SQLite keeps beside an open file, and leaves there where it was not closed: it is no part of another file."""
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
