"""What the views cost of the processor, and what of it is their fold: all in this process, nothing beside.

    python folding.py [EVENTS]     by default 50,000; `scripts/bench views folding` is the same

In turn, three times: the events read and decoded, which is the floor; the same rows put into empty tables by one statement a
table; the views rebuilt by one, in batches as a rebuild takes them; the views made of shares, of which the one that takes
longest counts, with the merge, as where each has a processor; and the first events followed in batches as `up` takes them
under load. The medians, in µs of the processor's time an event, which hang less on who else uses the machine.
"""

import gc
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from history import make
from sqlalchemy import select

from adapters.ledger import open_reader
from adapters.ledger.reader import LedgerReader
from application.views.rebuilding import REBUILD_BATCH_EVENTS_MAX
from entrypoints.process import tune_gc
from projections.merging import merged_file
from projections.row_writes import insert_rows
from projections.sharing import fold_share
from projections.store import METADATA, ViewsProgress, ViewStore, micros, sqlite_store
from projections.views import VERSIONS, ViewWriter

EVENTS = 50_000
CAMPAIGNS = 4
ROUNDS = 3
FOLLOWED_EVENTS = 6_000
FOLLOWED_BATCH_EVENTS = 30
SHARES = (2, 4)
Rows = dict[str, Sequence[Any]]


@contextmanager
def empty_views(folder: Path) -> Any:
    """Tables without a row."""
    with tempfile.TemporaryDirectory(dir=folder) as inner, closing(sqlite_store(Path(inner) / "views.db")) as store:
        store.create()
        yield store


def read_only(reader: LedgerReader, _: Path) -> int:
    """The events, and nothing done with them."""
    position = 0
    while batch := reader.read_feed(position, REBUILD_BATCH_EVENTS_MAX):
        position = batch[-1].position
    return position


def fold(reader: LedgerReader, folder: Path, batch_events: int = REBUILD_BATCH_EVENTS_MAX, up_to: int = 2**62) -> int:
    """The views from the first event on, in batches of so many."""
    with empty_views(folder) as store:
        return _fold_into(store, reader, batch_events, up_to)


def _fold_into(store: ViewStore, reader: LedgerReader, batch_events: int, up_to: int) -> int:
    writer = ViewWriter(store, reader.read_streams, reader.read_feed, reader.recipient_stream, None)
    while writer.position < up_to and (batch := reader.read_feed(writer.position, batch_events)):
        writer.advance(batch)
    return writer.position


def made_of_shares(reader: LedgerReader, folder: Path, of: int) -> float:
    """Seconds of the share that takes longest, and of the merge after it."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        parts = [Path(inner) / f"{share}.db" for share in range(of)]
        last = reader.read_feed(reader.position - 1, 1)[0]
        progress = ViewsProgress(last.position, last.event_id, micros(last.recorded_at))
        gc.disable()  # as in a process that folds a share
        longest = max(
            measured(partial(fold_share, reader, None, share, of, last.position, part, lambda _: None))
            for share, part in enumerate(parts)
        )
        gc.enable()
        merging = partial(merged_file, Path(inner) / "views.db", parts, VERSIONS.items(), progress)
        return longest + measured(merging)


def rows_of_all(reader: LedgerReader, folder: Path) -> Rows:
    """The rows that there are in the end, by table."""
    with empty_views(folder) as store:
        _fold_into(store, reader, REBUILD_BATCH_EVENTS_MAX, 2**62)
        with store.reading() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table))]
                for table in METADATA.sorted_tables
            }


def put_only(rows: Rows, folder: Path) -> None:
    """The same rows into empty tables."""
    with empty_views(folder) as store, store.writing() as connection:
        for table in METADATA.sorted_tables:
            insert_rows(connection, table, rows[table.name])


def measured(what: Callable[[], object]) -> float:
    """Seconds of the processor's time."""
    began = time.process_time()
    what()
    return time.process_time() - began


def main(numbers: Sequence[int]) -> None:
    """The table, with the load of the machine before and after."""
    load_before = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        events = make(folder / "data", numbers[0] if numbers else EVENTS, campaigns=CAMPAIGNS)
        followed = min(FOLLOWED_EVENTS, events)
        tune_gc()
        with closing(open_reader(folder / "data", None)) as reader:
            rows = rows_of_all(reader, folder)
            tried: dict[str, tuple[int, Callable[[], object]]] = {
                "read and decoded: the floor": (events, lambda: read_only(reader, folder)),
                "their rows put into empty tables": (events, lambda: put_only(rows, folder)),
                "rebuilt, one process": (events, lambda: fold(reader, folder)),
                f"followed, {FOLLOWED_BATCH_EVENTS} a batch": (
                    followed,
                    lambda: fold(reader, folder, FOLLOWED_BATCH_EVENTS, followed),
                ),
            }
            took: dict[str, list[float]] = {name: [] for name in tried}
            for of in SHARES:
                took[f"made of {of} shares: the longest, merge"] = []
            for _ in range(ROUNDS):
                for name, (_of, what) in tried.items():
                    took[name].append(measured(what))
                for of in SHARES:
                    took[f"made of {of} shares: the longest, merge"].append(made_of_shares(reader, folder, of))
    finally:
        shutil.rmtree(folder)
    print(
        f"{events} events, {sum(map(len, rows.values()))} rows; load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    of_events = {name: of for name, (of, _) in tried.items()}
    costs = {name: statistics.median(each) / of_events.get(name, events) * 1e6 for name, each in took.items()}
    floor = next(iter(costs.values()))
    for name, cost in costs.items():
        print(
            f"{name:36} {cost:7.1f} µs of the processor an event, {1e6 / cost:8,.0f} a second, {cost / floor:5.1f} times the floor"
        )


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
