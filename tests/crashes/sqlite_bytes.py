"""What the bytes of a SQLite file are for, by the file format that SQLite documents: so that each class can be damaged."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

HEADER_BYTES = 100
INDEX_INNER, TABLE_INNER, INDEX_LEAF, TABLE_LEAF = 2, 5, 10, 13
LEAVES = {INDEX_LEAF, TABLE_LEAF}
WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
COLUMNS = ("stream", "version", "name", "state")
"""Of a row of the events' table, after its rowid."""
SIZES_OF_TYPES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)

Places = Mapping[str, Sequence[int]]
"""Offsets into a file, by what is there."""


class _Number(NamedTuple):
    value: int
    ends: int


def places_in_database(raw: bytes) -> Places:
    """Of a database: its header, and of each page its kind, header, pointers, and what cells have."""
    found: dict[str, list[int]] = defaultdict(list)
    size = int.from_bytes(raw[16:18], "big")
    found["file header"] = list(range(HEADER_BYTES))
    for begin in range(0, len(raw), size):
        _page(raw, begin, begin + HEADER_BYTES if begin == 0 else begin, size, found)
    return found


def places_in_wal(raw: bytes) -> Places:
    """Of a WAL: its header, and of each frame which page it is, how large the file is, the salts, the sums, and the page."""
    found: dict[str, list[int]] = defaultdict(list)
    found["WAL header"] = list(range(24))
    found["WAL header's sum"] = list(range(24, WAL_HEADER_BYTES))
    size = int.from_bytes(raw[8:12], "big")
    for begin in range(WAL_HEADER_BYTES, len(raw), FRAME_HEADER_BYTES + size):
        for what, start, end in (("page", 0, 4), ("size", 4, 8), ("salt", 8, 16), ("sum", 16, 24)):
            found[f"frame's {what}"] += range(begin + start, begin + end)
        found["frame's content"] += range(begin + FRAME_HEADER_BYTES, begin + FRAME_HEADER_BYTES + size)
    return found


def _page(raw: bytes, begin: int, head: int, size: int, found: dict[str, list[int]]) -> None:
    kind = raw[head]
    if kind not in {INDEX_INNER, TABLE_INNER, INDEX_LEAF, TABLE_LEAF}:
        found["free or overflow page"] += range(begin, begin + size)
        return
    head_ends = head + (8 if kind in LEAVES else 12)
    of = "index's " if kind in {INDEX_INNER, INDEX_LEAF} else ""
    cells = int.from_bytes(raw[head + 3 : head + 5], "big")
    found[f"{of}page's kind"].append(head)
    found[f"{of}page's header"] += range(head + 1, head_ends)
    found[f"{of}cell pointer"] += range(head_ends, head_ends + 2 * cells)
    for n in range(cells):
        at = begin + int.from_bytes(raw[head_ends + 2 * n : head_ends + 2 * n + 2], "big")
        if kind == TABLE_LEAF and begin:  # the first page has the schema
            _row(raw, at, begin + size, found)
        elif kind == INDEX_LEAF:
            payload = _varint(raw, at)
            found["index's row"] += range(at, min(payload.ends + payload.value, begin + size))
        else:
            found[f"{of}inner page"] += range(at, min(at + 8, begin + size))


def _row(raw: bytes, at: int, page_ends: int, found: dict[str, list[int]]) -> None:
    payload = _varint(raw, at)
    rowid = _varint(raw, payload.ends)
    found["cell's length and position"] += range(at, rowid.ends)
    header = _varint(raw, rowid.ends)
    ends, types, here = rowid.ends + header.value, list[int](), header.ends
    while here < ends:
        one = _varint(raw, here)
        types.append(one.value)
        here = one.ends
    found["row's types"] += range(rowid.ends, ends)
    for name, kind in zip(COLUMNS, types[1:], strict=False):
        length = SIZES_OF_TYPES[kind] if kind < len(SIZES_OF_TYPES) else (kind - 12) // 2
        found[f"row's {name}"] += range(ends, min(ends + length, page_ends))
        ends += length


def _varint(raw: bytes, at: int) -> _Number:
    value = 0
    for n in range(8):
        value = value << 7 | raw[at + n] & 0x7F
        if raw[at + n] < 0x80:
            return _Number(value, at + n + 1)
    return _Number(value << 8 | raw[at + 8], at + 9)
