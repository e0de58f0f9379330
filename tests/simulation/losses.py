"""What a machine may lose, or have in place of what was there: marks of something else, and what SQLite had not synced.

Real: the files, and each connection's own word on what it syncs. Model: what of the rest is gone. The finest of such losses,
within one commit, are in tests/crashes, on calls that were recorded.
"""

import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from weakref import WeakSet

import msgspec
from msgspec.structs import replace

from adapters.sending_marks import HEADER_BYTES, HIGH_WATER_BYTES, SLOT_BYTES, MarksHeader

FOREIGN = ("boot", "ledger", "copy")
SYNCED_EACH_COMMIT = 2
"""`PRAGMA synchronous` FULL: below it, a WAL is synced where it is copied into its file, and not at each commit."""
WAL_HEAD_BYTES, FRAME_HEAD_BYTES = 32, 24
COPIED_AT = 96
"""Where the index of a WAL says how many of its frames are in the file, and so were synced before."""


class Noted(sqlite3.Connection):
    """A connection that can be remembered without being kept."""


class Connections:
    """All that are open, of all processes of a world."""

    def __init__(self) -> None:
        self._open: WeakSet[Noted] = WeakSet()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Each that is made meanwhile is remembered."""
        connect = sqlite3.connect

        def noting(*given: Any, **named: Any) -> Any:
            made = connect(*given, **{"factory": Noted, **named})
            self._open.add(made)
            return made

        with patch("sqlite3.connect", noting), patch("sqlite3.dbapi2.connect", noting):
            yield

    def synced(self, file: Path) -> int:
        """The least that who writes this file has asked of the disk."""
        return min((_synchronous(one) for one in self._open if _writes(one, file)), default=SYNCED_EACH_COMMIT)


def lose_unsynced(folder: Path, connections: Connections, chance: Random) -> dict[str, int]:
    """Of each file's WAL that is not synced at each commit, the end is gone, and maybe a part of a frame is left: frames by file.

    To be called between turns, where whatever is synced at each commit is on disk.
    """
    lost = {}
    for file in sorted(folder.glob("*.db")):
        wal, index = (file.with_name(f"{file.name}-{end}") for end in ("wal", "shm"))
        left = None
        if wal.exists() and connections.synced(file) < SYNCED_EACH_COMMIT:
            left, lost[file.name] = _what_is_left(wal, index, chance)
        _as_after_a_start(file, wal, index, left)
    return {name: frames for name, frames in lost.items() if frames}


def put_foreign_marks(folder: Path, chance: Random) -> str | None:
    """Marks that lie: all of them say that nothing was sent. What they are of instead; None where there are no marks."""
    files = sorted(folder.glob("*/*.marks"))
    how = chance.choice(FOREIGN)
    for file in files:
        own = bytearray(file.read_bytes())
        header = msgspec.json.decode(bytes(own[:HEADER_BYTES]).rstrip(b"\0"), type=MarksHeader)
        if how == "boot":
            header = replace(header, boot_id=f"{header.boot_id}-of-another")
        elif how == "ledger":
            header = replace(header, ledger={**(header.ledger or {}), "another": 1})
        own[:HEADER_BYTES] = msgspec.json.encode(header).ljust(HEADER_BYTES, b"\0")
        for at in range(HEADER_BYTES + HIGH_WATER_BYTES, len(own), SLOT_BYTES):
            if own[at]:
                own[at + SLOT_BYTES - 1 : at + SLOT_BYTES] = b"b"
        target = file.with_suffix(".copy") if how == "copy" else file
        with target.open("wb" if how == "copy" else "r+b") as written:
            written.write(own)
        if how == "copy":
            target.replace(file)
    return how if files else None


def _what_is_left(wal: Path, index: Path, chance: Random) -> tuple[bytes, int]:
    content = wal.read_bytes()
    if len(content) < WAL_HEAD_BYTES or not index.exists():
        return content, 0
    frame = FRAME_HEAD_BYTES + struct.unpack(">I", content[8:12])[0]
    frames = (len(content) - WAL_HEAD_BYTES) // frame
    copied = struct.unpack("=I", index.read_bytes()[COPIED_AT : COPIED_AT + 4])[0]
    kept = chance.randint(min(copied, frames), frames)
    torn = chance.randrange(frame) if kept < frames and chance.random() < 0.5 else 0
    return content[: WAL_HEAD_BYTES + kept * frame + torn], frames - kept


def _as_after_a_start(file: Path, wal: Path, index: Path, left: bytes | None) -> None:
    """The same bytes, in files that nobody of before has open."""
    for one in (file, wal):
        if one.exists():
            fresh = one.with_name(f"{one.name}.found")
            shutil.copy(one, fresh)
            fresh.replace(one)
    index.unlink(missing_ok=True)
    if left is not None:
        wal.write_bytes(left)


def _writes(connection: Noted, file: Path) -> bool:
    try:
        if connection.total_changes == 0:
            return False
        names = connection.execute("PRAGMA database_list").fetchall()
    except sqlite3.Error:  # it was closed
        return False
    return any(name == str(file) for _, _, name in names)


def _synchronous(connection: Noted) -> int:
    level: int = connection.execute("PRAGMA synchronous").fetchone()[0]
    return level
