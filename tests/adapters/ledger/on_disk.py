"""A commit that is on disk, while the writer has not heard of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from adapters.ledger.sqlite import SqliteRecorder
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX


@contextmanager
def held_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The writer is held after its next commits until the block ends; what is given waits until one is on disk."""
    on_disk, go_on, real = Event(), Event(), SqliteRecorder.writing

    @contextmanager
    def held(*args: Any) -> Iterator[Any]:
        with real(*args) as session:
            yield session
        on_disk.set()
        assert go_on.wait(WAIT_SECONDS_MAX)

    def wait() -> None:
        assert on_disk.wait(WAIT_SECONDS_MAX)

    monkeypatch.setattr(SqliteRecorder, "writing", held)
    try:
        yield wait
    finally:
        go_on.set()
        monkeypatch.setattr(SqliteRecorder, "writing", real)
