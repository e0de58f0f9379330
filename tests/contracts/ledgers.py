"""Opening a ledger on each database."""

from pathlib import Path
from typing import Protocol

from adapters.ledger import Ledger
from tests.adapters.ledger.stage import (
    SEALING,
    Clock,
    event_ids,
)


class Open(Protocol):
    """Opens one more ledger on the same database, or the same one again."""

    def __call__(self, *, clock: Clock | None = None, key: bytes = b"k" * 32) -> Ledger: ...


def open_postgres(url: str, *, clock: Clock | None = None, key: bytes = b"k" * 32) -> Ledger:
    from adapters.ledger.postgres import open_postgres_ledger

    return open_postgres_ledger(
        url, clock=clock or Clock(), new_event_id=event_ids(), new_key=lambda size: key[:size], sealing=SEALING
    )


def open_sqlite(folder: Path, *, clock: Clock | None = None, key: bytes = b"k" * 32) -> Ledger:
    from adapters.ledger import open_sqlite_ledger

    return open_sqlite_ledger(
        folder, clock=clock or Clock(), new_event_id=event_ids(), new_key=lambda size: key[:size], sealing=SEALING
    )
