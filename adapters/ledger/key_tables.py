"""Where a ledger's keys are kept."""

import importlib
from contextlib import closing
from pathlib import Path
from typing import Any

from adapters.keys import KeyTable, SqliteKeyTable
from domain.errors import SettingsError

BATCHES_AT_ONCE = 100


def keys_of(folder: Path, url: str | None, *, writes: bool) -> KeyTable:
    """The store in a PostgreSQL database, or, without one, in the data folder. Raises `LedgerUnusable`, and `SettingsError` where a package is missing."""
    if url is None:
        return SqliteKeyTable(folder, writes=writes)
    try:
        # Imported when it is used: its driver is an extra.
        module: Any = importlib.import_module("adapters.keys.postgres_table")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_KEYS_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
    table: KeyTable = module.PostgresKeyTable(url, writes=writes)
    return table


def carry_keys(source: Path | str, target: Path | str) -> None:
    """Have beside the copy of a ledger the keys that lie beside the ledger; each side is a data folder, or a database's URL.

    What a copy that was broken off brought there is written again, for a key of it may be destroyed by now. Raises
    `LedgerUnusable`, and `LedgerUnavailable`.
    """
    with closing(_beside(source, writes=False)) as ours, closing(_beside(target, writes=True)) as theirs:
        after = ""
        while batches := ours.batches(after, BATCHES_AT_ONCE):
            theirs.put(batches)
            after = batches[-1][0]


def _beside(place: Path | str, *, writes: bool) -> KeyTable:
    if isinstance(place, Path):
        return keys_of(place, None, writes=writes)
    return keys_of(Path(), place, writes=writes)
