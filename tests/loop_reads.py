"""Which reads of the ledger's database are made in the thread of the event loop, and how many rows each gave."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from adapters.ledger.sqlite import SqliteRecorder

READS = ("read_stream", "read_streams", "read_newer", "read_feed", "read_resumptions")


@contextmanager
def reads_of_this_thread() -> Iterator[list[tuple[str, int]]]:
    """Name and rows of each read that this thread makes meanwhile; to be entered in the loop."""
    own, seen = threading.get_ident(), list[tuple[str, int]]()

    def watched(name: str) -> Any:
        read = getattr(SqliteRecorder, name)

        def reading(*given: Any, **named: Any) -> Any:
            rows = read(*given, **named)
            if threading.get_ident() == own:
                seen.append((name, len(rows)))
            return rows

        return reading

    with ExitStack() as patches:
        for name in READS:
            patches.enter_context(patch.object(SqliteRecorder, name, watched(name)))
        yield seen
