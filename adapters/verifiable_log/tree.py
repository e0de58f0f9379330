"""The Merkle tree of RFC 6962: its hashes, the roots that an append needs, and proofs.

A tree of `size` leaves is made of perfect subtrees. The one of level `l` and number `i` is over the leaves from
`i * 2**l` on, `2**l` of them, and never changes once it is full: that is what a store keeps, and what `HashReader` reads.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from domain.errors import InvalidInput, NotProven

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1  # what the formats can say
PROOF_HASHES_MAX = 63  # of a consistency proof; one of inclusion has no more than the tree has levels
EMPTY_ROOT = sha256(b"").digest()
HashReader = Callable[[int, int], bytes]
"""(level, number) of a perfect subtree to its hash."""
_SIZE_BYTES = 8


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf; told apart from a node's by its first byte, so that neither can stand for the other."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees on the right edge, the largest first: all that an append and a root need."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        """Raises `InvalidInput` where these are not as many hashes as a tree of this size has on its edge."""
        if not 0 <= size <= SIZE_MAX:
            raise InvalidInput("frontier", f"has the size {size}; a tree has 0 to {SIZE_MAX} leaves")
        if len(roots) != size.bit_count() or any(len(root) != HASH_BYTES for root in roots):
            raise InvalidInput(
                "frontier", f"has to have {size.bit_count()} hashes of {HASH_BYTES} bytes for {size} leaves"
            )
        self.size = size
        self._roots = list(roots)

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Frontier":
        """What `to_bytes` gave. Raises `InvalidInput` for anything else."""
        roots = [kept[at : at + HASH_BYTES] for at in range(_SIZE_BYTES, len(kept), HASH_BYTES)]
        return cls(int.from_bytes(kept[:_SIZE_BYTES], "big") if len(kept) >= _SIZE_BYTES else -1, roots)

    @classmethod
    def read(cls, size: int, read: HashReader) -> "Frontier":
        """The frontier of a tree of `size` leaves that is kept elsewhere."""
        return cls(size, [read(level, number) for level, number in _pieces(0, size)])

    def to_bytes(self) -> bytes:
        """A form to keep: the size (8 bytes, big-endian), then the hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._roots)

    def copy(self) -> "Frontier":
        """Another one, which goes on by itself."""
        return Frontier(self.size, self._roots)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf's hash. The hashes of all subtrees that it fills: at `k` that of level k, number (size >> k) - 1."""
        if self.size == SIZE_MAX:
            raise InvalidInput("frontier", f"is full: a tree has at most {SIZE_MAX} leaves")
        filled = [leaf]
        rest = self.size
        while rest & 1:
            leaf = node_hash(self._roots.pop(), leaf)
            filled.append(leaf)
            rest >>= 1
        self._roots.append(leaf)
        self.size += 1
        return filled

    def root(self) -> bytes:
        """The tree's root as it is now."""
        return _folded(self._roots) if self._roots else EMPTY_ROOT


def root_of(size: int, read: HashReader) -> bytes:
    """The root of the first `size` leaves of a tree that is kept elsewhere."""
    return Frontier.read(size, read).root()


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """The hashes that lead from the leaf `index` (from 0) to the root of `size` leaves, the leaf's sibling first."""
    _check_index(index, size)
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            proof.append(_range_root(middle, end, read))
            end = middle
        else:
            proof.append(_range_root(start, middle, read))
            start = middle
    return proof[::-1]


def consistency_proof(old_size: int, new_size: int, read: HashReader) -> list[bytes]:
    """The hashes that show that the tree of `old_size` leaves is the beginning of that of `new_size`; none from 0."""
    _check_sizes(old_size, new_size)
    if old_size == 0:
        return []
    proof = []
    start, end = 0, new_size
    while end != old_size:
        middle = _split(start, end)
        if old_size <= middle:
            proof.append(_range_root(middle, end, read))
            end = middle
        else:
            proof.append(_range_root(start, middle, read))
            start = middle
    if start > 0:  # else it is the old root itself, which whoever verifies has
        proof.append(_range_root(start, end, read))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises `NotProven` where this proof does not lead from the leaf's hash to the root, and `InvalidInput` for sizes."""
    _check_index(index, size)
    what = f"inclusion of leaf {index} in {size}"
    _check_hashes(what, (leaf, root, *proof))
    at, last, found = index, size - 1, leaf
    for hashed in proof:
        if last == 0:
            raise NotProven(f"{what}: the proof is too long, with {len(proof)} hashes")
        if at & 1 or at == last:
            found = node_hash(hashed, found)
            while at and not at & 1:  # as far as it has no sibling on its right
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise NotProven(f"{what}: the proof is too short, with {len(proof)} hashes")
    if found != root:
        raise NotProven(f"{what}: the proof leads to another root than the one given")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises `NotProven` where this does not show that the old tree is the new one's beginning."""
    _check_sizes(old_size, new_size)
    what = f"consistency of {old_size} with {new_size}"
    _check_hashes(what, (old_root, new_root, *proof))
    if old_size in {0, new_size}:
        if proof:
            raise NotProven(f"{what}: a proof of {len(proof)} hashes where none is needed")
        if old_size == 0 and old_root != EMPTY_ROOT:
            raise NotProven(f"{what}: the old root is not that of the empty tree")
        if old_size == new_size and old_root != new_root:
            raise NotProven(f"{what}: the same size with two roots")
        return
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    rest = list(proof) if at else [old_root, *proof]
    if not rest:
        raise NotProven(f"{what}: the proof is empty")
    _walk(what, at, last, rest, old_root, new_root)


def _walk(what: str, at: int, last: int, rest: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    old = new = rest[0]
    for hashed in rest[1:]:
        if last == 0:
            raise NotProven(f"{what}: the proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, hashed)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise NotProven(f"{what}: the proof is too short")
    if old != old_root:
        raise NotProven(f"{what}: the proof leads to another old root than the one given")
    if new != new_root:
        raise NotProven(f"{what}: the proof leads to another new root than the one given")


def _split(start: int, end: int) -> int:
    """Where the tree over these leaves, at least two, parts: its left half is the largest perfect one that is not all."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that make up these leaves, the largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _range_root(start: int, end: int, read: HashReader) -> bytes:
    return _folded([read(level, number) for level, number in _pieces(start, end)])


def _folded(roots: Sequence[bytes]) -> bytes:
    found = roots[-1]
    for root in reversed(roots[:-1]):
        found = node_hash(root, found)
    return found


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= SIZE_MAX:
        raise InvalidInput("index", f"{index} is no leaf of a tree of {size}")


def _check_sizes(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size <= SIZE_MAX:
        raise InvalidInput(
            "size", f"{old_size} and {new_size}: the old size has to be 0 to the new one, at most {SIZE_MAX}"
        )


def _check_hashes(what: str, hashes: Sequence[bytes]) -> None:
    if len(hashes) > PROOF_HASHES_MAX + 2:
        raise NotProven(f"{what}: a proof has at most {PROOF_HASHES_MAX} hashes")
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise NotProven(f"{what}: a hash has {HASH_BYTES} bytes")
