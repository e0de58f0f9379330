"""C2SP's tlog-checkpoint: what a log signs of itself: its origin (a name), its size and its root."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.verifiable_log.lines import decoded, number, packed, unpacked
from adapters.verifiable_log.note import OpenedNote, Signer, VerifierKey, open_note, sign, split_note
from adapters.verifiable_log.tree import HASH_BYTES, SIZE_MAX
from domain.errors import InvalidInput, NotProven

ORIGIN_BYTES_MAX = 255
EXTENSIONS_MAX = 16
CHECKPOINT_BYTES_MAX = 16 * 1024


class Checkpoint(Struct, frozen=True):
    """`extensions`: further lines, which nobody can check; a log of ours has none."""

    origin: str
    size: int
    root: bytes
    extensions: Sequence[str] = ()

    @property
    def text(self) -> str:
        """What is signed. Raises `InvalidInput` for what no checkpoint can say."""
        if not 0 <= self.size <= SIZE_MAX:
            raise InvalidInput("size", f"{self.size} is not from 0 to {SIZE_MAX}")
        if len(self.root) != HASH_BYTES:
            raise InvalidInput("root", f"has {len(self.root)} bytes, not {HASH_BYTES}")
        lines = [check_origin(self.origin), str(self.size), packed(self.root), *self.extensions]
        if "" in self.extensions or any("\n" in line for line in self.extensions):
            raise InvalidInput("extensions", "has an empty line, or one with a line feed in it")
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint that this text is. Raises `InvalidInput`."""
        if len(text) > CHECKPOINT_BYTES_MAX:
            raise InvalidInput("checkpoint", f"has {len(text)} characters; at most {CHECKPOINT_BYTES_MAX} are read")
        if not text.endswith("\n"):
            raise InvalidInput("checkpoint", "does not end in a line feed")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or "" in lines:
            raise InvalidInput("checkpoint", "has to have at least three lines, none of them empty")
        if len(lines) > 3 + EXTENSIONS_MAX:
            raise InvalidInput("checkpoint", f"has {len(lines)} lines; at most {3 + EXTENSIONS_MAX} are read")
        return cls(
            check_origin(lines[0]),
            number("size", lines[1]),
            unpacked("root", lines[2], HASH_BYTES),
            tuple(lines[3:]),
        )


class OpenedCheckpoint(Struct, frozen=True):
    """A checkpoint that its log has signed, and who else has. `text`: what was signed, byte for byte."""

    checkpoint: Checkpoint
    note: OpenedNote


def check_origin(origin: str, field: str = "origin") -> str:
    """The same. Raises `InvalidInput` for what cannot be a log's name."""
    try:
        encoded = origin.encode()
    except UnicodeEncodeError:
        raise InvalidInput(field, "has half a character") from None
    if not 1 <= len(encoded) <= ORIGIN_BYTES_MAX or "\n" in origin:
        raise InvalidInput(field, f"has to be one line of 1 to {ORIGIN_BYTES_MAX} bytes, such as example.com/log")
    return decoded(field, encoded, ORIGIN_BYTES_MAX)


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[Signer], now: datetime) -> bytes:
    """The note that says it."""
    return sign(checkpoint.text, signers, now)


def read_checkpoint(note: bytes) -> Checkpoint:
    """What a note says of a log, whoever signed it, which is not checked. Raises `InvalidInput`."""
    return Checkpoint.parse(split_note(note)[0])


def open_checkpoint(
    note: bytes, origin: str, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey] = ()
) -> OpenedCheckpoint:
    """The checkpoint of this log, signed by one of its keys. Raises `InvalidInput` and `NotProven`.

    Cosignatures of known witnesses are checked, and stand in `note.signed`; how many are enough is not judged here.
    """
    opened = open_note(note, [*log_keys, *witness_keys])
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != origin:
        raise NotProven(f"checkpoint: it is of another log, {checkpoint.origin!a}, not of {origin!a}")
    own = set(log_keys)
    if not any(one.key in own for one in opened.signed):
        raise NotProven("checkpoint: only witnesses have signed it, and no key of its log")
    return OpenedCheckpoint(checkpoint, opened)
