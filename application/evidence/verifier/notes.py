"""Signed notes, checkpoints and Merkle proofs, written a second time: a mistake of Dialtrail's is not repeated here."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNATURE_LINE = "\N{EM DASH} "
HASH_LENGTH = 32


class DoesNotHold(Exception):
    """Something of the bundle is not as it was when it was made; the text says what."""


class PublicKey(NamedTuple):
    """A key as text `NAME+ID+BASE64` says it. `kind` 1: a log's; 4: a witness's."""

    name: str
    kind: int
    key_id: bytes
    public: bytes


class SignedText(NamedTuple):
    """What was signed, and by whom of those who are known, with the second (since 1970) that a witness names."""

    text: str
    signed: Sequence[tuple[PublicKey, int | None]]


class TreeHead(NamedTuple):
    """A log at one moment: its name, how many entries it has, and the root of their tree."""

    origin: str
    size: int
    root: bytes


def decode_base64(text: str) -> bytes:
    """The bytes; there is one spelling for them."""
    try:
        read = base64.b64decode(text, validate=True)
    except ValueError:
        raise DoesNotHold(f"{text[:40]!a} is not base64") from None
    if base64.b64encode(read).decode() != text:
        raise DoesNotHold(f"{text[:40]!a} is not base64 as it is written by the standard")
    return read


def read_key(text: str) -> PublicKey:
    """The key that this text says; its id has to fit."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise DoesNotHold(f"{text[:40]!a} is no key")
    key = decode_base64(parts[2])
    key_id = hashlib.sha256(parts[0].encode() + b"\n" + key).digest()[:4]
    if key_id.hex() != parts[1] or len(key) != 1 + HASH_LENGTH or key[0] not in {1, 4}:
        raise DoesNotHold(f"the key {parts[0]!a} does not fit its id, or is of another kind")
    return PublicKey(parts[0], key[0], key_id, key[1:])


def open_signed(what: str, note: bytes, known: Iterable[PublicKey]) -> SignedText:
    """A note that at least one of the known keys has signed, and none of them wrongly."""
    text, parted, below = note.decode().rpartition("\n\n")
    if not parted or not below.endswith("\n"):
        raise DoesNotHold(f"{what} is no signed note")
    text += "\n"
    keys = {(key.name, key.key_id): key for key in known}
    signed: dict[PublicKey, int | None] = {}
    for line in below[:-1].split("\n"):
        name, _, signature = line.removeprefix(SIGNATURE_LINE).partition(" ")
        given = decode_base64(signature)
        if line.startswith(SIGNATURE_LINE) and (key := keys.get((name, given[:4]))) is not None:
            signed.setdefault(key, check_signature(what, key, text, given[4:]))
    if not signed:
        raise DoesNotHold(f"{what} is signed by no key that is known here")
    return SignedText(text, list(signed.items()))


def check_signature(what: str, key: PublicKey, text: str, signature: bytes) -> int | None:
    """The second that a witness names, else None; the signature holds for this text."""
    at = None
    signed = text.encode()
    if key.kind == 4:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        signed = f"cosignature/v1\ntime {at}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise DoesNotHold(f"the signature of {key.name!a} on {what} does not hold") from None
    return at


def read_head(text: str) -> TreeHead:
    """What a checkpoint says."""
    lines = text.split("\n")
    if len(lines) < 4 or not (lines[1].isascii() and lines[1].isdigit()) or str(int(lines[1][:20])) != lines[1]:
        raise DoesNotHold("checkpoint: it is not written as a checkpoint is")
    return TreeHead(lines[0], int(lines[1]), decode_base64(lines[2]))


def entry_hash(position: int, stream: str, version: int, name: str, state: bytes) -> bytes:
    """The hash of an event's leaf in the log."""
    if "\n" in stream or "\n" in name:
        raise DoesNotHold(f"event {position}: its stream or name has a line feed")
    head = f"dialtrail.event/1\n{position}\n{stream}\n{version}\n{name}\n"
    return hashlib.sha256(b"\x00" + head.encode() + state).digest()


def root_from(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """The root to which a proof leads from a leaf: RFC 6962, by the definition of the tree."""
    if size == 1:
        if hashes:
            raise DoesNotHold("its proof is too long")
        return leaf
    if not hashes or len(hashes[-1]) != HASH_LENGTH:
        raise DoesNotHold("its proof is too short")
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        left, right = root_from(leaf, index, half, hashes[:-1]), hashes[-1]
    else:
        left, right = hashes[-1], root_from(leaf, index - half, size - half, hashes[:-1])
    return hashlib.sha256(b"\x01" + left + right).digest()
