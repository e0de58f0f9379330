"""The ledger of a data folder, or, where there is a database, of that."""

import importlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.ledger.ledger import Ledger, open_sqlite_ledger
from adapters.ledger.reader import LedgerReader, open_sqlite_reader
from domain.errors import SettingsError


def open_ledger(
    folder: Path,
    database_url: str | None,
    *,
    clock: Callable[[], datetime],
    new_event_id: Callable[[], str],
    new_key: Callable[[int], bytes],
) -> Ledger:
    """The ledger, to be written. Raises `LedgerUnusable`, and `SettingsError` where a package is missing."""
    if database_url is None:
        return open_sqlite_ledger(folder, clock=clock, new_event_id=new_event_id, new_key=new_key)
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


def _postgres() -> Any:
    try:
        # Imported when it is used: its driver is an extra.
        return importlib.import_module("adapters.ledger.postgres")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
