"""The ledger of a data folder, or, where there is a database, of that."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from adapters.ledger.ledger import Ledger, open_sqlite_ledger
from adapters.ledger.reader import LedgerReader, open_sqlite_reader
from adapters.ledger.sqlite import WAL_BYTES_MAX
from domain.errors import SettingsError


def open_ledger(
    folder: Path,
    database_url: str | None,
    *,
    clock: Callable[[], datetime],
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
    wal_bytes_max: int = WAL_BYTES_MAX,
) -> Ledger:
    """The ledger, to be written. `wal_bytes_max` is of a data folder's. Raises `LedgerUnusable`, and `SettingsError` where a package is missing."""
    if database_url is None:
        return open_sqlite_ledger(
            folder, clock=clock, new_event_id=new_event_id, new_key=new_key, wal_bytes_max=wal_bytes_max
        )
    ledger: Ledger = _postgres().open_postgres_ledger(
        database_url, clock=clock, new_event_id=new_event_id, new_key=new_key
    )
    return ledger


def open_reader(folder: Path, database_url: str | None) -> LedgerReader:
    """The ledger, to be read only. Raises `LedgerUnusable`, and `SettingsError` where a package is missing."""
    if database_url is None:
        return open_sqlite_reader(folder)
    reader: LedgerReader = _postgres().open_postgres_reader(database_url)
    return reader


class Ownership(Struct, frozen=True):
    """Whether a ledger is this process's own, now and since.

    `trouble` says why it is not known to be just now, None while it is; `takes` how often it was taken: where that is more
    than it was, it may have been somebody else's meanwhile.
    """

    trouble: Callable[[], str | None] = lambda: None
    takes: Callable[[], int] = lambda: 1


@asynccontextmanager
async def owned_database(database_url: str | None, monotonic: Callable[[], float]) -> AsyncIterator[Ownership]:
    """Own the database, for whoever dials on it.

    Raises `LedgerInUse`. Where there is no database, the folder's owner is the ledger's.
    """
    if database_url is None:
        yield Ownership()
        return
    owner = _postgres().DatabaseOwner(database_url, monotonic)
    await owner.take()
    watching = asyncio.create_task(owner.watch())
    try:
        yield Ownership(lambda: owner.trouble, lambda: owner.takes)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await owner.close()


def _postgres() -> Any:
    try:
        # Imported when it is used: its driver is an extra.
        return importlib.import_module("adapters.ledger.postgres")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
