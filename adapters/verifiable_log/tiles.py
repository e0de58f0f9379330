"""The tiles of C2SP's tlog-tiles: how others fetch a log's hashes, 256 neighbours at a time."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from adapters.verifiable_log.tree import HASH_BYTES, SIZE_MAX, HashReader, node_hash
from domain.errors import InvalidInput

TILE_HEIGHT = 8
TILE_WIDTH = 2**TILE_HEIGHT
TILE_LEVEL_MAX = 63
_PARTIAL = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}\.p/([1-9][0-9]{0,2})", re.ASCII)
_FULL = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}", re.ASCII)


class Tile(Struct, frozen=True, order=True):
    """Up to 256 neighbours of one level of every eighth: of tile level `level`, number `number`, so many of them."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        """Where a log keeps it, below its prefix."""
        return tile_path(self.level, self.number, self.width)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Such as `tile/0/x001/x234/067`, and `….p/5` where it is not full."""
    if not (0 <= level <= TILE_LEVEL_MAX and 0 <= number <= SIZE_MAX and 1 <= width <= TILE_WIDTH):
        raise InvalidInput("tile", f"there is none of level {level}, number {number}, width {width}")
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < TILE_WIDTH else "")


def tile_at(level: str, place: Sequence[str]) -> Tile | None:
    """The tile that a path names, by its level and the parts after it; None where that is none, or one that is written otherwise."""
    if not (level.isascii() and level.isdecimal() and len(level) <= 2):
        return None
    text = "/".join(place)
    partial = _PARTIAL.fullmatch(text)
    if partial is None and _FULL.fullmatch(text) is None:
        return None
    number = int(text.partition(".")[0].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if partial is None else int(partial[1])
    if width > TILE_WIDTH or int(level) > TILE_LEVEL_MAX or number > SIZE_MAX:
        return None
    tile = Tile(int(level), number, width)
    return tile if tile.path == f"tile/{level}/{text}" else None


def tile_of(level: int, number: int, size: int) -> Tile:
    """The tile of a tree of `size` leaves from which the hash of this perfect subtree is read or made."""
    tile_level, height = divmod(level, TILE_HEIGHT)
    tile_number = (number << height) // TILE_WIDTH
    in_row = size >> (tile_level * TILE_HEIGHT)
    return Tile(tile_level, tile_number, min(TILE_WIDTH, in_row - tile_number * TILE_WIDTH))


def reader_of_tiles(size: int, read_tile: Callable[[Tile], bytes]) -> HashReader:
    """Reads hashes from tiles of a tree of `size` leaves. Raises `InvalidInput` for a tile that is not as long as it says."""

    def read(level: int, number: int) -> bytes:
        tile = tile_of(level, number, size)
        kept = read_tile(tile)
        if len(kept) != tile.width * HASH_BYTES:
            raise InvalidInput(tile.path, f"has {len(kept)} bytes, not {tile.width * HASH_BYTES}")
        height = level % TILE_HEIGHT
        first = (number << height) % TILE_WIDTH
        row = [kept[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(first, first + 2**height)]
        while len(row) > 1:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        return row[0]

    return read
