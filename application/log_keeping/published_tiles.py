"""The tiles that others may fetch: those that the newest signed checkpoint covers, and no hash beyond it."""

from adapters.verifiable_log.store import MADE_AGAIN, LogStore
from adapters.verifiable_log.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from adapters.verifiable_log.tree import HASH_BYTES
from domain.errors import LedgerUnusable


def published_tile(store: LogStore, tile: Tile) -> bytes | None:
    """Its hashes; None where the newest checkpoint has not as many. Once it was given, it is the same for ever.

    One that is not full is given also when the full one is there. Raises `LedgerUnusable` where the store lacks hashes.
    """
    head, newest = store.head(), store.newest()
    if head is None or newest is None:
        return None
    signed = newest.size >> (tile.level * TILE_HEIGHT)
    if tile.number * TILE_WIDTH + tile.width > signed:
        return None
    found = store.tiles(head, tile.level, tile.number, 1)
    hashes = found[0][1] if found and found[0][0] == tile.number else b""
    wanted = tile.width * HASH_BYTES
    if len(hashes) < wanted:
        raise LedgerUnusable(f"the log's store lacks hashes of {tile.path}: {MADE_AGAIN}")
    return hashes[:wanted]
