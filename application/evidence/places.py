"""Where events stand in the log, and the proofs that they do."""

from collections.abc import Sequence

from adapters.ledger import LedgerReader
from adapters.ledger.recorder import Row
from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.store import KeptCheckpoint, LogHead, LogStore
from adapters.verifiable_log.tiles import TILE_WIDTH, Tile, reader_of_tiles
from adapters.verifiable_log.tree import HASH_BYTES, inclusion_proof, leaf_hash
from domain.errors import LedgerUnusable, NotFound


class EventPlaces:
    """The log as one checkpoint of it has it. `head` is that; `checkpoint` what was signed then."""

    def __init__(self, reader: LedgerReader, store: LogStore, size: int | None = None) -> None:
        """`size` names a checkpoint that is kept; None: the newest. Raises `NotFound`, and `LedgerUnusable`."""
        self._reader = reader
        self._store = store
        self._read_last: tuple[int, Sequence[Row], bytes] | None = None
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._hashes: dict[tuple[int, int], bytes] = {}
        now = store.head()
        kept = [] if now is None else store.checkpoints(now.log)
        self.checkpoint = _chosen(kept, size)
        if now is None:
            raise LedgerUnusable("the log's store has a checkpoint of no log")
        self._now = now
        position = self._rows_of((self.checkpoint.size - 1) // TILE_WIDTH)[(self.checkpoint.size - 1) % TILE_WIDTH][0]
        self.head = LogHead(now.log, now.origin, self.checkpoint.size, position)
        self._at = 0
        self._read = reader_of_tiles(self.head.size, self._tile)

    def proof(self, row: Row) -> tuple[int, list[bytes]]:
        """An event's index in the log, and the hashes from there to the root. Raises `LedgerUnusable` where it has another one."""
        rows = self._rows_of(self._at)  # events come in the log's order, so the next is mostly in the same tile
        if not rows[0][0] <= row[0] <= rows[-1][0]:
            self._at = self._store.tile_with(self._now, row[0])
            rows = self._rows_of(self._at)
        number = self._at
        at = next((at for at, one in enumerate(rows) if one[0] == row[0]), None)
        if at is None or self._leaf(at) != leaf_hash(entry(*row)):
            raise LedgerUnusable(
                f"at position {row[0]} the ledger has not what the log has: look closer with `dialtrail verify`"
            )
        index = number * TILE_WIDTH + at
        return index, inclusion_proof(index, self.head.size, self._node)

    def _tile(self, tile: Tile) -> bytes:
        """A tile as it was at the checkpoint; it may have grown since."""
        place = tile.level, tile.number
        if place not in self._hashes:
            found = self._store.tiles(self._now, tile.level, tile.number, 1)
            self._hashes[place] = found[0][1] if found and found[0][0] == tile.number else b""
        kept = self._hashes[place]
        if len(kept) < tile.width * HASH_BYTES:
            raise LedgerUnusable(f"the log's store lacks hashes of {tile.path}: look closer with `dialtrail verify`")
        return kept[: tile.width * HASH_BYTES]

    def _node(self, level: int, number: int) -> bytes:
        found = self._nodes.get((level, number))
        if found is None:
            found = self._nodes[level, number] = self._read(level, number)
        return found

    def _rows_of(self, number: int) -> Sequence[Row]:
        """The ledger's rows that the leaves of a tile of level 0 are of. Those of the last tile are kept, and no others."""
        if self._read_last is not None and self._read_last[0] == number:
            return self._read_last[1]
        begins, leaves = self._store.leaves(self._now, number)
        count = len(leaves) // HASH_BYTES
        found: list[Row] = []
        while len(found) < count and (more := self._reader.read_rows(begins - 1, count - len(found))):
            begins = more[-1][0] + 1
            found += more
        if len(found) < count:
            raise LedgerUnusable("the ledger lacks events that the log has: look closer with `dialtrail verify`")
        self._read_last = number, found, leaves
        return found

    def _leaf(self, at: int) -> bytes:
        """The hash at a place of that tile."""
        leaves = b"" if self._read_last is None else self._read_last[2]
        return leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES]


def _chosen(kept: Sequence[KeptCheckpoint], size: int | None) -> KeptCheckpoint:
    signed = [one for one in kept if one.size]
    if not signed:
        raise NotFound("the log has no checkpoint yet: `dialtrail up` signs the first one within its first minute")
    for one in signed:
        if size in {None, one.size}:
            return signed[-1] if size is None else one
    near = min(signed, key=lambda one: abs(one.size - (size or 0)))
    raise NotFound(f"no checkpoint over {size} events is kept; the nearest is over {near.size}")
