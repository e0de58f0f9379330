"""Views that are kept as they are in use, those that are made in one pass, and all their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from projections.parked import PARKED
from projections.store import METADATA, ViewsMoved, ViewStore, sqlite_store
from projections.views import TABLES, ViewWriter
from tests.projections.chance import Random
from tests.projections.feed_ledger import FeedLedger
from tests.projections.kept_world import FINGERPRINT, stream_of

BATCH_EVENTS_MAX = 100_000
Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def new_store(path: Path) -> Iterator[ViewStore]:
    """Empty tables in a file."""
    store = sqlite_store(path)
    try:
        store.create()
        yield store
    finally:
        store.close()


def writer_on(store: ViewStore, ledger: FeedLedger, fingerprint: str | None = FINGERPRINT) -> ViewWriter:
    """A writer that goes on where the tables are."""
    return ViewWriter(store, ledger.read_streams, ledger.read_feed, stream_of, fingerprint)


def catch_up(store: ViewStore, ledger: FeedLedger, fingerprint: str | None = FINGERPRINT) -> ViewWriter:
    """Take in all that is missing, in one batch."""
    writer = writer_on(store, ledger, fingerprint)
    batch = ledger.read_feed(writer.position, BATCH_EVENTS_MAX)
    if batch:
        writer.advance(batch)
    return writer


def follow_by_chance(
    rng: Random, store: ViewStore, ledger: FeedLedger, fingerprint: str | None = FINGERPRINT, batch_max: int = 8
) -> None:
    """Take in the ledger in batches of any size, with few folds kept, and begin anew now and then."""
    writer = None
    while writer is None or writer.position < ledger.position:
        if writer is None or rng.random() < 0.2:
            writer = writer_on(store, ledger, fingerprint)
            writer._tracker._known.folds_kept_max = rng.choice((0, 1, 2, 5, 1_000))
        writer.advance(ledger.read_feed(writer.position, rng.randint(1, rng.choice((3, batch_max)))))


def follow_with_two(
    rng: Random, one: ViewStore, other: ViewStore, ledger: FeedLedger, fingerprint: str | None = FINGERPRINT
) -> int:
    """Take in the ledger with two writers on the same tables, in any turn; how often one met what the other had done."""
    stores, met = (one, other), 0
    writers: list[ViewWriter | None] = [None, None]
    while writers[0] is None or writers[1] is None or max(w.position for w in writers if w) < ledger.position:
        turn = rng.randint(0, 1)
        writer = writers[turn] = writers[turn] or writer_on(stores[turn], ledger, fingerprint)
        batch = ledger.read_feed(writer.position, rng.randint(1, 3))
        try:
            if batch:
                writer.advance(batch)
        except ViewsMoved:
            writers[turn], met = None, met + 1
    return met


def all_rows(store: ViewStore) -> Rows:
    """Every row of every view, by table, in the order of the keys."""
    tables = [table for tables in TABLES.values() for table in tables] + [PARKED]
    with store.reading() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            ]
            for table in tables
        }


def emptied(store: ViewStore) -> ViewStore:
    """The same store with no rows in it: quicker than another file."""
    with store.writing() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    return store
