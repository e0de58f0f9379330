"""The tree that grows by many leaves at a time is the tree that grows by one."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.growing import GrowingTree, TileContent, edge_lengths
from adapters.verifiable_log.tiles import Tile, reader_of_tiles
from adapters.verifiable_log.tree import EMPTY_ROOT, HASH_BYTES, Frontier, root_of
from domain.errors import InvalidInput

LEAVES = [sha256(b"%d" % number).digest() for number in range(2_200)]


def roots(up_to: int) -> list[bytes]:
    frontier = Frontier()
    found = [frontier.root()]
    for leaf in LEAVES[:up_to]:
        frontier.append(leaf)
        found.append(frontier.root())
    return found


ROOTS = roots(2_200)


def edge_of(size: int, tiles: dict[tuple[int, int], bytes]) -> list[bytes]:
    edge, row = [], size
    for level, length in enumerate(edge_lengths(size)):
        row = size >> (8 * level)
        edge.append(tiles[level, row >> 8][: length * HASH_BYTES] if length else b"")
    return edge


@given(parts=st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_in_whatever_parts_it_grows_root_and_tiles_are_those_of_one_leaf_after_another(parts: list[int]) -> None:
    tree, tiles, size = GrowingTree(), dict[tuple[int, int], bytes](), 0
    for part in parts:
        more = LEAVES[size : size + part]
        for one in tree.extend(more):
            tiles[one.level, one.number] = one.hashes
        size += len(more)

        assert tree.size == size
        assert tree.root() == ROOTS[size]
        tree = GrowingTree(size, edge_of(size, tiles))  # as after a restart

    def read(tile: Tile) -> bytes:
        return tiles[tile.level, tile.number][: tile.width * HASH_BYTES]

    if size:
        assert root_of(size, reader_of_tiles(size, read)) == ROOTS[size]
    assert b"".join(tiles[0, number] for number in range(-(-size // 256))) == b"".join(LEAVES[:size])


def test_of_no_leaves_the_root_is_that_of_the_empty_tree() -> None:
    tree = GrowingTree()

    assert tree.extend([]) == []
    assert (tree.root(), tree.size) == (EMPTY_ROOT, 0)


def test_a_full_tile_is_a_hash_of_the_tile_above_it() -> None:
    tree = GrowingTree()

    tiles = tree.extend(LEAVES[:257])

    assert [(one.level, one.number, len(one.hashes)) for one in tiles] == [(0, 0, 8192), (0, 1, 32), (1, 0, 32)]
    assert tiles[1] == TileContent(0, 1, LEAVES[256])
    assert tiles[2].hashes == ROOTS[256]


def test_a_copy_goes_on_by_itself() -> None:
    tree = GrowingTree()
    tree.extend(LEAVES[:300])
    other = tree.copy()
    other.extend(LEAVES[300:400])

    assert (tree.root(), other.root()) == (ROOTS[300], ROOTS[400])


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"has to have \[1, 1\] hashes for 257 leaves"):
        GrowingTree(257, [LEAVES[0]])
