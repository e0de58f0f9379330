"""C2SP's tlog-witness: what a log sends to a witness to have a checkpoint cosigned, and what a witness answers."""

from collections.abc import Sequence

from msgspec import Struct

from adapters.verifiable_log.lines import decoded, number, packed, unpacked
from adapters.verifiable_log.note import NOTE_BYTES_MAX
from adapters.verifiable_log.tree import HASH_BYTES, PROOF_HASHES_MAX
from domain.errors import InvalidInput

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 4 * 1024  # the proof has at most 63 lines of 45 bytes
_OLD = "old "


class AddCheckpoint(Struct, frozen=True):
    """`old_size`: of the checkpoint that the witness knows. `proof`: from there to this one. `note`: it, as signed."""

    old_size: int
    proof: Sequence[bytes]
    note: bytes

    def to_bytes(self) -> bytes:
        """The body of the request."""
        lines = [f"{_OLD}{self.old_size}", *(packed(one) for one in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> "AddCheckpoint":
        """What was sent; the note in it is not read yet. Raises `InvalidInput`."""
        head, parted, note = decoded("body", body, REQUEST_BYTES_MAX).partition("\n\n")
        first, *lines = head.split("\n")
        if not parted or not note:
            raise InvalidInput("body", "has no checkpoint after an empty line")
        if not first.startswith(_OLD):
            raise InvalidInput("body", "does not begin with a line `old N`")
        if len(lines) > PROOF_HASHES_MAX:
            raise InvalidInput("proof", f"has {len(lines)} hashes; at most {PROOF_HASHES_MAX} are read")
        return cls(
            number("old", first.removeprefix(_OLD)),
            [unpacked("proof", line, HASH_BYTES) for line in lines],
            note.encode(),
        )
