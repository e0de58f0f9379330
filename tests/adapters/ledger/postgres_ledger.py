"""A ledger on PostgreSQL, and its recorder."""

from collections.abc import Callable
from datetime import datetime

from adapters.ledger import Ledger
from adapters.ledger.postgres import PostgresRecorder, open_postgres_ledger
from tests.adapters.ledger.stage import (
    KEY,
    SEALING,
    Clock,
    event_ids,
)


def open_ledger(url: str, clock: Callable[[], datetime] | None = None) -> Ledger:
    """By a clock that stands, where none is given."""
    return open_postgres_ledger(
        url, clock=clock or Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, sealing=SEALING
    )


def recorder_of(ledger: Ledger) -> PostgresRecorder:
    recorder = ledger._recorder
    assert isinstance(recorder, PostgresRecorder)
    return recorder
