import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.tiles import (
    TILE_WIDTH,
    Tile,
    reader_of_tiles,
    tile_at,
    tile_of,
    tile_path,
)
from adapters.verifiable_log.tree import consistency_proof, inclusion_proof
from domain.errors import InvalidInput
from tests.adapters.verifiable_log.trees import KeptTree, leaves, tiles_for_consistency, tiles_for_inclusion

LEAVES_MAX = 2000
TREE = KeptTree(leaves(LEAVES_MAX))


def kept(tile: Tile) -> bytes:
    first = tile.number * TILE_WIDTH
    return b"".join(TREE.read(tile.level * 8, first + at) for at in range(tile.width))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(63, 0, 1), "tile/63/000.p/1"),
        (Tile(1, 999, 256), "tile/1/999"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
    ],
)
def test_a_tile_lies_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path


@pytest.mark.parametrize(("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, number: int, width: int) -> None:
    with pytest.raises(InvalidInput, match="tile"):
        tile_path(level, number, width)


@given(st.integers(0, 63), st.integers(0, 2**50), st.integers(1, TILE_WIDTH))
def test_a_path_names_the_tile_that_lies_there(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    _, named, *place = tile.path.split("/")
    assert tile_at(named, place) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("0/67", "0/0067", "0/x000/067", "0/x001", "0/001/067", "0/x001/x234", "0/067.p", "0/067.p/0", "0/067.p/256"),
        *(
            "0/067.p/05",
            "0/067.p/999",
            "00/067",
            "64/067",
            "-1/067",
            "entries/067",
            "/067",
            "0/",
            "0/06a",
            "0/\u0660\u0661\u0662",
        ),
        *("\u0660/067", "0/067/", "0/x99/067", "0/" + "x999/" * 20 + "999"),
    ],
)
def test_what_is_written_otherwise_names_none(path: str) -> None:
    level, *place = path.split("/")
    assert tile_at(level, place) is None


def test_the_tiles_of_the_specifications_tree_of_70000_leaves() -> None:
    assert tile_of(0, 69_999, 70_000) == Tile(0, 273, 112)
    assert tile_of(0, 0, 70_000) == Tile(0, 0, 256)
    assert tile_of(8, 255, 70_000) == Tile(1, 0, 256)
    assert tile_of(8, 272, 70_000) == Tile(1, 1, 17)
    assert tile_of(16, 0, 70_000) == Tile(2, 0, 1)
    assert tile_of(8, 0, 256) == Tile(1, 0, 1)
    assert tile_of(7, 1, 256) == Tile(0, 0, 256)


@given(st.data())
def test_a_proof_is_made_from_its_tiles_and_no_others(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LEAVES_MAX))
    index = data.draw(st.integers(0, size - 1))
    needed = {tile: kept(tile) for tile in tiles_for_inclusion(index, size)}
    assert inclusion_proof(index, size, reader_of_tiles(size, needed.__getitem__)) == inclusion_proof(
        index, size, TREE.read
    )

    old = index + 1
    needed = {tile: kept(tile) for tile in tiles_for_consistency(old, size)}
    assert consistency_proof(old, size, reader_of_tiles(size, needed.__getitem__)) == consistency_proof(
        old, size, TREE.read
    )


def test_a_tile_that_was_cut_is_noticed() -> None:
    read = reader_of_tiles(300, lambda tile: kept(tile)[:-1])
    with pytest.raises(InvalidInput, match=r"tile/0/001\.p/44: has 1407 bytes, not 1408"):
        read(0, 256)
