"""A ledger in trouble: its writer held, its disk full."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event
from typing import Any, cast

from adapters.ledger import Lane, Ledger
from adapters.ledger.transaction import Transaction
from tests.entrypoints.serving import WAIT_SECONDS_MAX, Serving


@asynccontextmanager
async def held_writer(stage: Serving, lane: Lane = "answers") -> AsyncIterator[Callable[[], None]]:
    """Hold the ledger's writer with a decision that does not end until the function given is called, or the block ends.

    In the lane `imports` it is decided last: what waited with it in other lanes has been decided, and is not committed.
    """
    held, release = Event(), Event()

    def hold(_: Transaction) -> None:
        held.set()
        assert release.wait(WAIT_SECONDS_MAX)

    holding = asyncio.create_task(stage.do(hold, lane))
    assert await asyncio.to_thread(held.wait, WAIT_SECONDS_MAX)
    try:
        yield release.set
    finally:
        release.set()
        await holding


@contextmanager
def full_disk(ledger: Ledger) -> Iterator[None]:
    """The ledger's file may not grow by a page: SQLite refuses what needs one, as on a full disk."""
    writer = cast("Any", ledger)._recorder.datastore.writer
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        writer.execute("PRAGMA max_page_count=1073741823")
