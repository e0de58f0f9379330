"""The ledger of a data folder, or, where there is a database, of that."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from adapters.ledger.ledger import Ledger
from adapters.ledger.opened import open_sqlite_ledger
from adapters.ledger.reader import LedgerReader, open_sqlite_reader
from adapters.ledger.sealing import Sealing
from adapters.ledger.side import Side
from adapters.ledger.sqlite import WAL_BYTES_MAX, sqlite_source, sqlite_target
from adapters.turns import IN_THREADS, WorkDriver
from domain.errors import SettingsError


def open_ledger(
    folder: Path,
    database_url: str | None,
    *,
    clock: Callable[[], datetime],
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    sealing: Sealing | None = None,
    wal_bytes_max: int = WAL_BYTES_MAX,
    turns: WorkDriver = IN_THREADS,
) -> Ledger:
    """The ledger, to be written. `wal_bytes_max` and the writer's `turns` are of a data folder's.

    Raises `LedgerUnusable`, and `SettingsError` where a package is missing, or it shall be sealed and was begun otherwise.
    """
    if database_url is None:
        return open_sqlite_ledger(
            folder,
            clock=clock,
            new_event_id=new_event_id,
            new_key=new_key,
            sealing=sealing,
            wal_bytes_max=wal_bytes_max,
            turns=turns,
        )
    ledger: Ledger = _postgres().open_postgres_ledger(
        database_url, clock=clock, new_event_id=new_event_id, new_key=new_key, sealing=sealing
    )
    return ledger


def open_reader(folder: Path, database_url: str | None, keys_url: str | None = None) -> LedgerReader:
    """The ledger, to be read only. Raises `LedgerUnusable`, and `SettingsError` where a package is missing."""
    if database_url is None:
        return open_sqlite_reader(folder, keys_url)
    reader: LedgerReader = _postgres().open_postgres_reader(database_url, keys_url)
    return reader


def has_checksums(database_url: str) -> bool | None:
    """Whether a database's server notices a bit that turned on its disk; None where it cannot be asked."""
    try:
        found: bool | None = _postgres().has_checksums(database_url)
    except SettingsError:
        return None
    return found


NO_EPOCH = -1
"""Of no lease: whoever has none begins no attempt."""


def open_side(place: Path | str, *, is_source: bool) -> Side:
    """One side of a copy: a data folder that this process owns, or the URL of a database. A source has to be open already.

    Raises `LedgerUnusable`, and `SettingsError` where a package is missing.
    """
    if isinstance(place, Path):
        return sqlite_source(place) if is_source else sqlite_target(place)
    side: Side = _postgres().open_postgres_side(place, is_source=is_source)
    return side


def shown_place(place: Path | str) -> str:
    """A data folder, or the URL of a database without its user and password, for people. Raises `LedgerUnusable`."""
    return str(place.absolute()) if isinstance(place, Path) else str(_postgres().shown_url(place))


class Ownership(Struct, frozen=True):
    """Whether a ledger is this process's own, now and since.

    `trouble` says why it is not known to be just now, None while it is; `takes` how often it was taken: where that is more
    than it was, it may have been somebody else's meanwhile. `epoch` is what the ledger's transactions know this process by
    that dials, None where no other could; `standing_by` says which other process dials.
    """

    trouble: Callable[[], str | None] = lambda: None
    takes: Callable[[], int] = lambda: 1
    epoch: Callable[[], int | None] = lambda: None
    standing_by: Callable[[], str | None] = lambda: None


@asynccontextmanager
async def owned_database(
    database_url: str | None, command: str, monotonic: Callable[[], float], *, wants: bool = True
) -> AsyncIterator[Ownership]:
    """Run on the database. One of those who want to dials, and the others stand by.

    `monotonic` goes on while the machine sleeps. Raises `LedgerInUse` where an earlier version owns it for itself alone.
    Where there is no database, the folder's owner is the ledger's.
    """
    if database_url is None:
        yield Ownership()
        return
    owner = _postgres().Lease(database_url, command, monotonic, wants=wants)
    await owner.begin()
    watching = asyncio.create_task(owner.watch())
    try:
        yield Ownership(
            lambda: owner.trouble, lambda: owner.takes, lambda: owner.epoch or NO_EPOCH, lambda: owner.standing_by
        )
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await owner.close()


@contextmanager
def alone_on(place: Path | str) -> Iterator[Callable[[], None]]:
    """Nobody else runs on a database meanwhile; a folder's owner is alone. What is given raises where that is not known any more.

    Raises `LedgerInUse` where somebody runs there, `LedgerUnusable` where it cannot be reached.
    """
    if isinstance(place, Path):
        yield lambda: None
        return
    with _postgres().alone_on(place) as require_alone:
        yield require_alone


def _postgres() -> Any:
    try:
        # Imported when it is used: its driver is an extra.
        return importlib.import_module("adapters.ledger.postgres")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
