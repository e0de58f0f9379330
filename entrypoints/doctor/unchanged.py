"""A database's file that is looked at, and left as it was: no file is made beside it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

BUSY_SECONDS = 5.0
BESIDE = ("-wal", "-shm")
WRITTEN_BY = 18
"""Where in a file of SQLite stands what writes it: 2 is WAL (https://www.sqlite.org/fileformat2.html)."""
_Found = TypeVar("_Found")


def looked_at(path: Path, read: Callable[[sqlite3.Connection], _Found]) -> _Found:
    """What `read` finds by a connection that only reads. It is asked once more where somebody opened the file meanwhile.

    A connection to a file that nobody has open would make a WAL and its index, and leave them, for it may not delete
    them; so such a file is read as one that does not change. Raises `sqlite3.Error`.
    """
    before = _state(path)
    if before is not None:
        try:
            found = _by(path, "mode=ro&immutable=1", read)
        except sqlite3.Error:
            if _state(path) == before:
                raise
        else:
            if _state(path) == before:
                return found
    return _by(path, "mode=ro", read)


def journal_mode(path: Path) -> str:
    """What the file says of itself: "wal", or "rollback". A connection that takes it as unchanging would not say it."""
    with path.open("rb") as file:
        return "wal" if file.read(WRITTEN_BY + 1)[WRITTEN_BY:] == b"\x02" else "rollback"


def _by(path: Path, how: str, read: Callable[[sqlite3.Connection], _Found]) -> _Found:
    name = f"{path.absolute().as_uri()}?{how}"
    with closing(sqlite3.connect(name, uri=True, timeout=BUSY_SECONDS)) as connection:
        return read(connection)


def _state(path: Path) -> tuple[int, int] | None:
    """What changes with the file; None where somebody has it open, or was killed with it, or it is not there."""
    if not path.exists() or any(path.with_name(path.name + end).exists() for end in BESIDE):
        return None
    said = path.stat()
    return said.st_mtime_ns, said.st_size
