"""What can be told of the keys of a sealed ledger in a folder: by connections that only read, of its newest events."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from msgspec import Struct

from adapters.event_mapper import EventMapper
from adapters.keys import DESTROYED, KEYS_FILE, MISSING, key_place, slice_of
from adapters.ledger.sealed_keys import keys_named
from adapters.ledger.sealing import SEALED
from adapters.wal_files import LEDGER_FILE
from domain.errors import LedgerUnusable
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed
from entrypoints.doctor.unchanged import looked_at

NEWEST_LOOKED_AT = 1_000
"""Events: an older backup of the keys lacks those of what was recorded since."""
DESTRUCTIONS_LOOKED_AT_MAX = 1_000
_NEWEST = "SELECT rowid, state FROM stored_events ORDER BY rowid DESC LIMIT ?"
_DESTRUCTIONS = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE originator_id=? "
    "ORDER BY originator_version DESC LIMIT ?"
)


class KeysFacts(Struct, frozen=True, kw_only=True):
    """The keys of a sealed ledger as they were found. `trouble` is why they cannot be read; `is_there` whether there is a file.

    `open_to_others` are files and folders with their modes; `missing_at` the newest position of which a key is in no batch;
    `come_back` how many keys are there that the ledger lists as destroyed.
    """

    is_there: bool = True
    trouble: str | None = None
    open_to_others: tuple[tuple[Path, int], ...] = ()
    missing_at: int | None = None
    come_back: int = 0


def read_keys_file(folder: Path) -> KeysFacts | None:
    """The facts; None where the ledger is not sealed, or cannot be read, which is told elsewhere. Changes and leaves nothing."""
    try:
        return looked_at(folder / LEDGER_FILE, lambda ledger: _of(ledger, folder / KEYS_FILE))
    except sqlite3.Error:
        return None


def _of(ledger: sqlite3.Connection, path: Path) -> KeysFacts | None:
    if ledger.execute("SELECT 1 FROM ledger_meta WHERE name=?", (SEALED,)).fetchone() is None:
        return None
    return _read(ledger, path) if path.exists() else KeysFacts(is_there=False)


def _read(ledger: sqlite3.Connection, path: Path) -> KeysFacts:
    beside = [path.parent, *sorted(path.parent.glob(f"{path.name}*"))]
    modes = [(one, stat.S_IMODE(one.stat().st_mode)) for one in beside]
    is_open = tuple((one, mode) for one, mode in modes if mode & 0o077)
    try:
        missing_at, come_back = looked_at(path, lambda keys: _beside(ledger, _Keys(keys)))
    except sqlite3.Error as error:
        return KeysFacts(open_to_others=is_open, trouble=str(error))
    return KeysFacts(open_to_others=is_open, missing_at=missing_at, come_back=come_back)


def _beside(ledger: sqlite3.Connection, found: "_Keys") -> tuple[int | None, int]:
    """The newest position of which a key is missing, and how many destroyed keys are there again."""
    newest = ledger.execute(_NEWEST, (NEWEST_LOOKED_AT,))
    missing_at = next((position for position, state in newest if found.lacks_one_of(state)), None)
    return missing_at, sum(found.is_whole(one) for one in _destroyed(ledger))


class _Keys:
    """Reads each batch once. Of a damaged event it says nothing: the doctor's look at the ledger names it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._batches: dict[str, bytes] = {}

    def lacks_one_of(self, state: bytes) -> bool:
        try:
            return any(self._key(one) == MISSING for one in keys_named(state))
        except LedgerUnusable:
            return False

    def is_whole(self, key_id: str) -> bool:
        try:
            return self._key(key_id) not in {DESTROYED, MISSING}
        except LedgerUnusable:
            return False

    def _key(self, key_id: str) -> bytes:
        batch, place = key_place(key_id)
        if batch not in self._batches:
            row = self._connection.execute("SELECT keys FROM key_batch WHERE id=?", (batch,)).fetchone()
            self._batches[batch] = b"" if row is None else bytes(row[0])
        return slice_of(self._batches[batch], place)


def _destroyed(ledger: sqlite3.Connection) -> Iterator[str]:
    """What the ledger lists, the newest first."""
    mapper = EventMapper()
    for row in ledger.execute(_DESTRUCTIONS, (KEYS_STREAM, DESTRUCTIONS_LOOKED_AT_MAX)):
        with suppress(LedgerUnusable):
            yield from cast("KeysDestroyed", mapper.decode(*row).event).keys
