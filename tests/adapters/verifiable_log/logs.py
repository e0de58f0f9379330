"""A log that is kept in memory, and can be forked."""

from collections.abc import Sequence

from adapters.verifiable_log.add_checkpoint import AddCheckpoint
from adapters.verifiable_log.checkpoint import Checkpoint, sign_checkpoint
from adapters.verifiable_log.note import Signer
from adapters.verifiable_log.tree import consistency_proof, leaf_hash, root_of
from tests.adapters.verifiable_log.examples import LOG, NOW, ORIGIN
from tests.adapters.verifiable_log.trees import KeptTree


class MemoryLog:
    """`history`: another word is another log, from the leaf `forked_at` on."""

    def __init__(self, size: int, history: str = "a", forked_at: int = 0) -> None:
        self.tree = KeptTree(
            [leaf_hash(f"{number}{history if number >= forked_at else 'a'}".encode()) for number in range(size)]
        )

    def note(self, size: int, origin: str = ORIGIN, signer: Signer = LOG) -> bytes:
        return sign_checkpoint(Checkpoint(origin, size, root_of(size, self.tree.read)), [signer], NOW)

    async def prove(self, old: int, new: int) -> Sequence[bytes]:
        return consistency_proof(old, new, self.tree.read)

    def asks(self, old: int, new: int, signer: Signer = LOG) -> bytes:
        return AddCheckpoint(old, consistency_proof(old, new, self.tree.read), self.note(new, signer=signer)).to_bytes()
