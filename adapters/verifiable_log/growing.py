"""A tree that grows by many leaves at a time: which tiles that makes or lengthens, and the root after them."""

from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from adapters.verifiable_log.tiles import TILE_HEIGHT, TILE_WIDTH
from adapters.verifiable_log.tree import EMPTY_ROOT, HASH_BYTES, node_hash
from domain.errors import InvalidInput

TILE_BYTES = TILE_WIDTH * HASH_BYTES
_PAIR_BYTES = 2 * HASH_BYTES


class TileContent(Struct, frozen=True):
    """The hashes of a tile, one after the other: of tile level `level` (each is eight levels of the tree), `number` from 0."""

    level: int
    number: int
    hashes: bytes


class GrowingTree:
    """The tiles on the right edge: all that more leaves need, and the root.

    `edge` has for each tile level the hashes of its last tile that is not full; it is as long as there are levels.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """Raises `InvalidInput` where the edge is not that of a tree of this size."""
        wanted = edge_lengths(size)
        if [len(hashes) for hashes in edge] != [HASH_BYTES * length for length in wanted]:
            raise InvalidInput("edge", f"has to have {wanted} hashes for {size} leaves")
        self.size = size
        self._edge = list(edge)

    def copy(self) -> "GrowingTree":
        """Another one, which goes on by itself."""
        return GrowingTree(self.size, self._edge)

    def extend(self, leaves: Sequence[bytes]) -> list[TileContent]:
        """Add leaves by their hashes; every tile that is new or longer now, as it is now, from the lowest level on."""
        changed: list[TileContent] = []
        more, level, size = b"".join(leaves), 0, self.size
        while more:
            if level == len(self._edge):
                self._edge.append(b"")
            number, row = size >> TILE_HEIGHT, self._edge[level] + more
            full = len(row) // TILE_BYTES
            tiles = [row[at * TILE_BYTES : (at + 1) * TILE_BYTES] for at in range(full)]
            rest = self._edge[level] = row[full * TILE_BYTES :]
            changed += [TileContent(level, number + at, tile) for at, tile in enumerate(tiles)]
            if rest:
                changed.append(TileContent(level, number + full, rest))
            more = b"".join(map(subtree_root, tiles))
            level, size = level + 1, number
        self.size += len(leaves)
        return changed

    def root(self) -> bytes:
        """The tree's root as it is now."""
        found: bytes | None = None
        for row in self._edge:  # from the right end of the leaves to their beginning
            end = len(row)
            while end:
                width = end & -end  # the smallest perfect subtree is the last
                left = subtree_root(row[end - width : end])
                found = left if found is None else node_hash(left, found)
                end -= width
        return EMPTY_ROOT if found is None else found


def edge_lengths(size: int) -> list[int]:
    """How many hashes the last tile that is not full has, on each tile level of a tree."""
    lengths = []
    while size:
        lengths.append(size % TILE_WIDTH)
        size >>= TILE_HEIGHT
    return lengths


def subtree_root(row: bytes) -> bytes:
    """The hash over a perfect subtree, by its hashes one after the other: 2, 4, 8 … of them, or one."""
    while len(row) > HASH_BYTES:
        row = b"".join(
            [sha256(b"\x01" + row[at : at + _PAIR_BYTES]).digest() for at in range(0, len(row), _PAIR_BYTES)]
        )
    return row
