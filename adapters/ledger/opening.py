"""The ledger of a data folder, or, where there is a database, of that."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

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


@asynccontextmanager
async def owned_database(
    database_url: str | None, monotonic: Callable[[], float]
) -> AsyncIterator[Callable[[], str | None]]:
    """Own the database, for whoever dials on it; gives what says why it is not ours just now, None while it is.

    Raises `LedgerInUse`. Where there is no database, the folder's owner is the ledger's.
    """
    if database_url is None:
        yield lambda: None
        return
    owner = _postgres().DatabaseOwner(database_url, monotonic)
    await owner.take()
    watching = asyncio.create_task(owner.watch())
    try:
        yield lambda: owner.trouble
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
