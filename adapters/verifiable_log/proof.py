"""C2SP's tlog-proof: an entry's place in a log, the hashes that lead from it to the root, and the checkpoint, as one text."""

from collections.abc import Sequence

from msgspec import Struct

from adapters.verifiable_log.checkpoint import OpenedCheckpoint, open_checkpoint
from adapters.verifiable_log.lines import decoded, number, packed, unpacked
from adapters.verifiable_log.note import NOTE_BYTES_MAX, VerifierKey
from adapters.verifiable_log.tree import HASH_BYTES, PROOF_HASHES_MAX, verify_inclusion
from domain.errors import InvalidInput

FIRST_LINE = "c2sp.org/tlog-proof@v1"
EXTRA_BYTES_MAX = 32 * 1024
PROOF_BYTES_MAX = NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX
_EXTRA = "extra "
_INDEX = "index "


class LogProof(Struct, frozen=True):
    """`checkpoint`: the note, byte for byte. `extra`: what the sender adds, which nothing proves."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The proof as text, to be kept as `….tlog-proof`."""
        lines = [FIRST_LINE]
        if self.extra is not None:
            lines.append(_EXTRA + packed(self.extra))
        lines += [f"{_INDEX}{self.index}", *(packed(one) for one in self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, text: bytes) -> "LogProof":
        """The proof that this text is; the checkpoint in it is not read yet. Raises `InvalidInput`."""
        read = decoded("proof", text, PROOF_BYTES_MAX)
        head, parted, checkpoint = read.partition("\n\n")
        lines = head.split("\n")
        if not parted or not checkpoint:
            raise InvalidInput("proof", "has no checkpoint after an empty line")
        if lines.pop(0) != FIRST_LINE:
            raise InvalidInput("proof", f"does not begin with the line {FIRST_LINE}")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = unpacked("extra", lines.pop(0).removeprefix(_EXTRA))
        if not lines or not lines[0].startswith(_INDEX):
            raise InvalidInput("proof", "has no line `index N` where it has to be")
        index = number("index", lines.pop(0).removeprefix(_INDEX))
        if len(lines) > PROOF_HASHES_MAX:
            raise InvalidInput("proof", f"has {len(lines)} hashes; at most {PROOF_HASHES_MAX} are read")
        hashes = [unpacked("proof", line, HASH_BYTES) for line in lines]
        return cls(index, hashes, checkpoint.encode(), extra)

    def verify(
        self, leaf: bytes, origin: str, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey] = ()
    ) -> OpenedCheckpoint:
        """The checkpoint under which the entry of this leaf hash lies in the log. Raises `InvalidInput` and `NotProven`."""
        opened = open_checkpoint(self.checkpoint, origin, log_keys, witness_keys)
        found = opened.checkpoint
        verify_inclusion(leaf, self.index, found.size, self.hashes, found.root)
        return opened
