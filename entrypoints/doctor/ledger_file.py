"""What can be told of a ledger's file without owning it: one connection that only reads, for a bounded time."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from adapters.event_mapper import EventMapper
from adapters.ledger.own_rows import OWN_ROW, own_text, require_own_rows
from adapters.ledger.pseudonym_key import pseudonym_key
from adapters.ledger.recorder import LedgerRecorder
from domain.errors import LedgerUnusable
from domain.ledger_life import LedgerClosed
from entrypoints.doctor.unchanged import journal_mode, looked_at

CHECK_SECONDS_MAX = 20.0
COMPLAINTS_MAX = 3
STEPS_BETWEEN_LOOKS = 10_000
LAST_EVENT = (
    "SELECT rowid, state, originator_id, originator_version, topic FROM stored_events ORDER BY rowid DESC LIMIT 1"
)


class LedgerFacts(Struct, frozen=True, kw_only=True):
    """A ledger's file as it was found. `trouble` is what SQLite or we could not read; `complaints` its integrity check's.

    `whole` says whether the check came to its end in time; `events` counts positions; `copied_to` is where it was copied to
    and closed for.
    """

    bytes: int
    wal_bytes: int
    events: int = 0
    ledger_at: datetime | None = None
    journal_mode: str = ""
    complaints: tuple[str, ...] = ()
    whole: bool = True
    trouble: str | None = None
    copied_to: str | None = None


def read_ledger_file(
    path: Path, monotonic: Callable[[], float], seconds_max: float = CHECK_SECONDS_MAX
) -> LedgerFacts | None:
    """The facts; None where there is no such file. Changes and leaves nothing, and may be asked while another process writes."""
    if not path.exists():
        return None
    wal = path.with_name(path.name + "-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    facts = LedgerFacts(bytes=path.stat().st_size, wal_bytes=wal_bytes)
    try:
        facts = known = replace(facts, journal_mode=journal_mode(path))
        return looked_at(path, lambda one: _read(one, known, monotonic, seconds_max))
    except (sqlite3.Error, OSError, LedgerUnusable) as error:
        return replace(facts, trouble=str(error))


def _read(
    connection: sqlite3.Connection, facts: LedgerFacts, monotonic: Callable[[], float], seconds_max: float
) -> LedgerFacts:
    last = connection.execute(LAST_EVENT).fetchone()
    if last is not None:
        stamp = EventMapper().stamp(last[1])
        if last[4] == LedgerClosed.NAME:
            event = EventMapper().decode(last[0], last[2], last[3], last[4], last[1]).event
            facts = replace(facts, copied_to=cast("LedgerClosed", event).copied_to)
        facts = replace(facts, events=last[0], ledger_at=stamp.passed_at or stamp.recorded_at)
        meta = _Meta(connection, last[0])
        require_own_rows(meta.read_meta)
        pseudonym_key(cast("LedgerRecorder", meta), _no_new_key)
    deadline = monotonic() + seconds_max
    connection.set_progress_handler(lambda: monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    try:
        said = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({COMPLAINTS_MAX})")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return replace(facts, whole=False)
    return facts if said == ["ok"] else replace(facts, complaints=tuple(said))


class _Meta:
    """As much of a recorder as the check of the pseudonyms' key asks."""

    def __init__(self, connection: sqlite3.Connection, position: int) -> None:
        self._connection = connection
        self._position = position

    def read_meta(self, name: str) -> str | None:
        row = self._connection.execute(OWN_ROW, (name,)).fetchone()
        return None if row is None else own_text(name, *row)

    def max_notification_id(self) -> int | None:
        return self._position


def _no_new_key(_: int) -> bytes:
    raise LedgerUnusable("the ledger has no pseudonym key")
