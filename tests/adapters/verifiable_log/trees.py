"""Trees as RFC 6962 says them, in as few lines as its definition has; and one that keeps what a store would."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from adapters.verifiable_log.tiles import Tile, tile_of
from adapters.verifiable_log.tree import EMPTY_ROOT, Frontier, HashReader, consistency_proof, inclusion_proof


def leaves(count: int) -> list[bytes]:
    return [sha256(b"\x00%d" % number).digest() for number in range(count)]


def root_by_definition(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01" + root_by_definition(hashes[:half]) + root_by_definition(hashes[half:])).digest()


def proof_by_definition(old: int, hashes: Sequence[bytes], *, is_whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(hashes):
        return [] if is_whole else [root_by_definition(hashes)]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    left, right = hashes[:half], hashes[half:]
    if old <= half:
        return [*proof_by_definition(old, left, is_whole=is_whole), root_by_definition(right)]
    return [*proof_by_definition(old - half, right, is_whole=False), root_by_definition(left)]


class KeptTree:
    """Each perfect subtree's hash, as a store keeps them."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self.frontier = Frontier()
        self.kept: dict[tuple[int, int], bytes] = {}
        for one in hashes:
            filled = self.frontier.append(one)
            for level, hashed in enumerate(filled):
                self.kept[level, (self.frontier.size >> level) - 1] = hashed

    @property
    def read(self) -> HashReader:
        return lambda level, number: self.kept[level, number]


def tiles_for_inclusion(index: int, size: int) -> list[Tile]:
    """The tiles that `inclusion_proof` needs, each once, in order."""
    return _tiles(size, lambda read: inclusion_proof(index, size, read))


def tiles_for_consistency(old_size: int, new_size: int) -> list[Tile]:
    """The tiles that `consistency_proof` needs, each once, in order."""
    return _tiles(new_size, lambda read: consistency_proof(old_size, new_size, read))


def _tiles(size: int, prove: Callable[[HashReader], object]) -> list[Tile]:
    found: set[Tile] = set()

    def read(level: int, number: int) -> bytes:
        found.add(tile_of(level, number, size))
        return EMPTY_ROOT

    prove(read)
    return sorted(found)
