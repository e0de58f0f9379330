"""What is kept of the log beside the ledger: hashes, never an event, for those are personal and stay where they are.

In a data folder it is a file of its own. All of it but the signed checkpoints can be made again from an unaltered ledger.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from adapters.outbox_contents import Talk
from adapters.sqlite_file import SqliteFile, TalkedTo
from adapters.verifiable_log.growing import GrowingTree, TileContent, edge_lengths
from adapters.verifiable_log.tiles import Tile, reader_of_tiles
from adapters.verifiable_log.tree import HASH_BYTES, HashReader
from domain.errors import Conflict, LedgerUnusable

LOG_FILE = "log.db"
CHECKPOINTS_KEPT_MAX = 1_440
"""Beside the last of each day, which is kept for ever."""
KEYS_APART_SECONDS = 0.001
_DAY_SECONDS = 86_400
TABLES = """
CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, size BIGINT NOT NULL, position BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS log_tile (
    log INTEGER NOT NULL, level INTEGER NOT NULL, number BIGINT NOT NULL, first_position BIGINT, hashes BLOB NOT NULL,
    PRIMARY KEY (log, level, number));
CREATE UNIQUE INDEX IF NOT EXISTS log_tile_of ON log_tile (log, first_position) WHERE first_position IS NOT NULL;
CREATE TABLE IF NOT EXISTS log_checkpoint (
    log INTEGER NOT NULL, size BIGINT NOT NULL, at DOUBLE PRECISION NOT NULL, note TEXT NOT NULL, day INTEGER NOT NULL,
    PRIMARY KEY (log, size));
CREATE TABLE IF NOT EXISTS log_key (vkey TEXT PRIMARY KEY, since DOUBLE PRECISION NOT NULL);
CREATE TABLE IF NOT EXISTS log_refusal (origin TEXT PRIMARY KEY, why TEXT NOT NULL);
"""
"""`first_position` is that of the event of a level-0 tile's first leaf: positions have gaps, leaves have none."""


class LogHead(Struct, frozen=True):
    """Which log is kept, and how far: so many leaves, the last of them of the event at this position (0: of none)."""

    log: int
    origin: str
    size: int
    position: int


class KeptCheckpoint(Struct, frozen=True):
    """A signed note as it was published, when (unix seconds), and over how many leaves."""

    size: int
    at: float
    note: str


class LogStore:
    """Usable from any thread. Raises `LedgerUnusable` for a file that is damaged.

    One process writes it, and makes it with its first use; others say that they only read, and then can do nothing else.
    """

    checkpoints_kept_max = CHECKPOINTS_KEPT_MAX

    def __init__(self, folder: Path, *, only_reads: bool = False) -> None:
        # After a power failure it may be where it was a moment before: the ledger, which is not, makes it whole again.
        self._kept: TalkedTo = SqliteFile(folder / LOG_FILE, TABLES, synchronous="NORMAL", only_reads=only_reads)

    def close(self) -> None:
        """Let go of the file, or of the connection."""
        self._kept.close()

    def heads(self) -> list[LogHead]:
        """Every log that was kept of this ledger, the present one last."""
        with self._reading() as talk:
            rows = talk.execute("SELECT number, origin, size, position FROM log ORDER BY number").fetchall()
        heads = [LogHead(*row) for row in rows]
        if any(type(number) is not int for head in heads for number in (head.log, head.size, head.position)):
            raise LedgerUnusable(f"{LOG_FILE} cannot be used (a row of it is damaged); {MADE_AGAIN}")
        return heads

    def head(self) -> LogHead | None:
        """The log that is kept, and how far; None before it is begun."""
        heads = self.heads()
        return heads[-1] if heads else None

    def begin(self, origin: str) -> LogHead:
        """Keep the log of this name: the present one, or a new one. Raises `Conflict` for the name of an earlier one."""
        heads = self.heads()
        if heads and heads[-1].origin == origin:
            return heads[-1]
        if any(head.origin == origin for head in heads):
            raise Conflict(
                f"a log named {origin} was kept here before, and ended: name another one in DIALTRAIL_LOG_ORIGIN"
            )
        new = LogHead(len(heads) + 1, origin, 0, 0)
        with self._writing() as talk:
            talk.execute("INSERT INTO log VALUES (?,?,?,?) ON CONFLICT DO NOTHING", (new.log, origin, 0, 0))
        found = self.heads()[-1]
        if found.origin != origin:
            raise Conflict(
                f"another server began the log {found.origin} just now: have all use one DIALTRAIL_LOG_ORIGIN"
            )
        return found

    def tree(self, head: LogHead) -> GrowingTree:
        """The right edge of a log, to go on from. Raises `LedgerUnusable` where the store has not what it says."""
        edge, size = [], head.size
        for level, length in enumerate(edge_lengths(head.size)):
            number = size >> 8
            edge.append(self._hashes(head.log, Tile(level, number, length)) if length else b"")
            size = number
        return GrowingTree(head.size, edge)

    def write(self, was: LogHead, now: LogHead, tiles: Sequence[TileContent], first_positions: dict[int, int]) -> None:
        """Go on from one head to the next, with the tiles that this changed and where those of level 0 begin.

        On disk, or not at all. Raises `Conflict` where the log is not where it was: somebody else keeps it as well.
        """
        rows = [
            (was.log, one.level, one.number, None if one.level else first_positions[one.number], one.hashes)
            for one in tiles
        ]
        with self._writing() as talk:
            moved = talk.execute(
                "UPDATE log SET size=?, position=? WHERE number=? AND size=? AND position=?",
                (now.size, now.position, was.log, was.size, was.position),
            ).rowcount
            if moved != 1:
                raise Conflict("the log was kept by another process meanwhile")
            talk.executemany(
                "INSERT INTO log_tile (log, level, number, first_position, hashes) VALUES (?,?,?,?,?) "
                "ON CONFLICT (log, level, number) DO UPDATE SET hashes=excluded.hashes",
                rows,
            )

    def reader(self, head: LogHead) -> HashReader:
        """Reads the hashes of subtrees of a log. What it gives raises `LedgerUnusable` where the store lacks one."""
        return reader_of_tiles(head.size, lambda tile: self._hashes(head.log, tile))

    def leaves(self, head: LogHead, number: int) -> tuple[int, bytes]:
        """The position of the first event of a tile of level 0, and its leaves' hashes; (0, b"") where there is none."""
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT first_position, hashes FROM log_tile WHERE log=? AND level=0 AND number=?", (head.log, number)
            ).fetchall()
        return (rows[0][0] or 0, bytes(rows[0][1])) if rows else (0, b"")

    def tile_with(self, head: LogHead, position: int) -> int:
        """The number of the tile of level 0 that has the event at a position, if any does; 0 before the first."""
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT number FROM log_tile WHERE log=? AND first_position<=? ORDER BY first_position DESC LIMIT 1",
                (head.log, position),
            ).fetchall()
        return int(rows[0][0]) if rows else 0

    def tiles(self, head: LogHead, level: int, from_number: int, tiles_max: int) -> list[tuple[int, bytes]]:
        """The next tiles of a level, from a number on, in order: their numbers and hashes."""
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT number, hashes FROM log_tile WHERE log=? AND level=? AND number>=? ORDER BY number LIMIT ?",
                (head.log, level, from_number, tiles_max),
            ).fetchall()
        return [(int(number), bytes(hashes)) for number, hashes in rows]

    def put_checkpoint(self, log: int, kept: KeptCheckpoint) -> None:
        """Keep a signed checkpoint, or have it with more signatures; and forget those that nothing needs."""
        with self._writing() as talk:
            talk.execute(
                "INSERT INTO log_checkpoint VALUES (?,?,?,?,?) ON CONFLICT (log, size) DO UPDATE SET note=excluded.note",
                (log, kept.size, kept.at, kept.note, int(kept.at // _DAY_SECONDS)),
            )
            talk.execute(
                "DELETE FROM log_checkpoint WHERE log=? AND size NOT IN (SELECT size FROM log_checkpoint WHERE log=? "
                "ORDER BY size DESC LIMIT ?) AND size NOT IN (SELECT max(size) FROM log_checkpoint WHERE log=? GROUP BY day)",
                (log, log, self.checkpoints_kept_max, log),
            )

    def checkpoints(self, log: int) -> list[KeptCheckpoint]:
        """The checkpoints of a log that are kept, by size."""
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT size, at, note FROM log_checkpoint WHERE log=? ORDER BY size", (log,)
            ).fetchall()
        return [KeptCheckpoint(*row) for row in rows]

    def newest(self) -> KeptCheckpoint | None:
        """The newest checkpoint of the present log; None before its first."""
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT size, at, note FROM log_checkpoint WHERE log=(SELECT max(number) FROM log) "
                "ORDER BY size DESC LIMIT 1"
            ).fetchall()
        return KeptCheckpoint(*rows[0]) if rows else None

    def signing_keys(self) -> list[str]:
        """The keys that may sign, as vkey text; the present one last."""
        with self._reading() as talk:
            return [str(row[0]) for row in talk.execute("SELECT vkey FROM log_key ORDER BY since, vkey").fetchall()]

    def add_key(self, vkey: str, since: float, *, is_first: bool = False) -> None:
        """From now on this one may sign. Raises `Conflict` where it were the first, and another one was before it.

        It comes after all others, whatever the clock says.
        """
        with self._writing() as talk:
            [(newest,)] = talk.execute("SELECT max(since) FROM log_key").fetchall()
            after = since if newest is None else max(since, newest + KEYS_APART_SECONDS)
            talk.execute("INSERT INTO log_key VALUES (?,?) ON CONFLICT DO NOTHING", (vkey, after))
            if is_first and talk.execute("SELECT count(*) FROM log_key").fetchall()[0][0] != 1:
                raise Conflict("another server has made the log's key just now")

    def refusal(self, origin: str) -> str | None:
        """Why a witness refused the log of this name; None where none did."""
        with self._reading() as talk:
            rows = talk.execute("SELECT why FROM log_refusal WHERE origin=?", (origin,)).fetchall()
        return str(rows[0][0]) if rows else None

    def put_refusal(self, origin: str, why: str | None) -> None:
        """Keep it, or forget it."""
        with self._writing() as talk:
            talk.execute("DELETE FROM log_refusal WHERE origin=?", (origin,))
            if why is not None:
                talk.execute("INSERT INTO log_refusal VALUES (?,?)", (origin, why))

    def _hashes(self, log: int, tile: Tile) -> bytes:
        with self._reading() as talk:
            rows = talk.execute(
                "SELECT hashes FROM log_tile WHERE log=? AND level=? AND number=?", (log, tile.level, tile.number)
            ).fetchall()
        found = bytes(rows[0][0]) if rows else b""
        wanted = tile.width * HASH_BYTES
        if len(found) < wanted:
            raise LedgerUnusable(
                f"the log's store lacks hashes of {tile.path}: look closer with `dialtrail verify`; {MADE_AGAIN}"
            )
        return found[:wanted]  # a tile may have grown since the size that was asked about

    @contextmanager
    def _reading(self) -> Iterator[Talk]:
        with _told(), self._kept.reading() as talk:
            yield talk

    @contextmanager
    def _writing(self) -> Iterator[Talk]:
        with _told(), self._kept.writing() as talk:
            yield talk


MADE_AGAIN = "stop Dialtrail, set log.db aside, and the next start makes it anew from the ledger"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise LedgerUnusable(f"{LOG_FILE} cannot be used ({error}); {MADE_AGAIN}") from error
