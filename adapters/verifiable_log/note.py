"""C2SP's signed notes: a text of lines, signed with Ed25519 under a key's name; and witnesses' cosignatures on such texts.

A note comes from anybody. What is not written as it has to be is an `InvalidInput`; what is, but is signed by nobody
whom one knows, or wrongly, is `NotProven`. The key's secret form is the one of Go's `note` package.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from adapters.verifiable_log.lines import NUMBER_MAX, decoded, packed, shown, unpacked
from domain.errors import InvalidInput, NotProven

NOTE_BYTES_MAX = 128 * 1024
SIGNATURES_MAX = 64
NAME_CHARS_MAX = 200
ED25519 = 0x01
COSIGNATURE = 0x04
SEED_BYTES = 32
_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_KEY_CHARS_MAX = 8 * 1024
_SIGNED_BY = "\N{EM DASH} "
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how every secret key begins


class VerifierKey(Struct, frozen=True):
    """A public key with its name. `kind`: `ED25519` for what it signs as it is, `COSIGNATURE` for a witness's word."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str, field: str = "key") -> "VerifierKey":
        """The key that this text (`NAME+ID+BASE64`) says. Raises `InvalidInput`."""
        name, key_id, kind, public = _key_parts(text.strip(), field)
        if kind not in {ED25519, COSIGNATURE}:
            raise InvalidInput(field, f"is of the kind {kind}; only Ed25519 (1) and its cosignatures (4) are known")
        if len(public) != _KEY_BYTES:
            raise InvalidInput(field, f"has {len(public)} bytes; an Ed25519 key has {_KEY_BYTES}")
        key = cls(name, kind, public)
        if key.key_id != key_id:
            raise InvalidInput(
                field, f"says it has the id {key_id.hex()}, and has {key.key_id.hex()}: it was not copied whole"
            )
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes that stand in each signature: of which key of this name it is."""
        return _key_id(self.name, self.kind, self.public)

    @property
    def text(self) -> str:
        """The key as text, to be handed on: name, id and key, joined by `+`."""
        return f"{self.name}+{self.key_id.hex()}+{packed(bytes([self.kind]) + self.public)}"

    def signed_at(self, text: str, signature: bytes) -> int | None:
        """The second (since 1970) that a cosignature names, else None. Raises `NotProven` where it does not hold."""
        if self.kind == ED25519:
            self._check(text.encode(), signature)
            return None
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES or not 0 < at <= NUMBER_MAX:
            raise NotProven(f"signature of {shown(self.name)}: it is no cosignature with its time")
        self._check(_cosigned(text, at), signature[_TIME_BYTES:])
        return at

    def _check(self, signed: bytes, signature: bytes) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            raise NotProven(f"signature of {shown(self.name)}: it does not hold for this text") from None


class Signer:
    """A secret key with its name. It is shown by `secret_text` alone, in no repr and no log line."""

    __slots__ = ("_private", "_seed", "key")

    def __init__(self, name: str, seed: bytes, kind: int = ED25519) -> None:
        """`seed`: 32 random bytes, which come in from outside. Raises `InvalidInput`."""
        _check_name("name", name)
        if len(seed) != SEED_BYTES:
            raise InvalidInput("seed", f"has {len(seed)} bytes; an Ed25519 key is made from {SEED_BYTES}")
        if kind not in {ED25519, COSIGNATURE}:
            raise InvalidInput("kind", f"{kind} is not known")
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, kind, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.key.text!r})"

    @classmethod
    def parse(cls, text: str, field: str = "key", kind: int = ED25519) -> "Signer":
        """What `secret_text` gave. Raises `InvalidInput`, without the value. `kind`: what the key is used for."""
        text = text.strip()
        if not text.startswith(_SECRET):
            raise InvalidInput(field, f"is no secret key: it begins with {_SECRET}")
        name, key_id, written, seed = _key_parts(text.removeprefix(_SECRET), field)
        if written != ED25519 or len(seed) != SEED_BYTES:
            raise InvalidInput(field, "is no secret key of Ed25519")
        signer = cls(name, seed)
        if signer.key.key_id != key_id:
            raise InvalidInput(field, "its id does not fit: it was not copied whole")
        return signer if kind == ED25519 else cls(name, seed, kind)

    @property
    def secret_text(self) -> str:
        """The secret itself: `PRIVATE+KEY+NAME+ID+BASE64`."""
        key_id = _key_id(self.key.name, ED25519, self.key.public)
        return f"{_SECRET}{self.key.name}+{key_id.hex()}+{packed(bytes([ED25519]) + self._seed)}"

    def line(self, text: str, now: datetime) -> str:
        """The line that signs this text. `now` (aware) is the time of a cosignature; another kind has none."""
        if self.key.kind == ED25519:
            signature = self._private.sign(text.encode())
        else:
            at = int(now.timestamp())
            signature = at.to_bytes(_TIME_BYTES, "big") + self._private.sign(_cosigned(text, at))
        return f"{_SIGNED_BY}{self.key.name} {packed(self.key.key_id + signature)}\n"


class SignatureLine(Struct, frozen=True):
    """One line below a note: who is said to have signed, and the bytes of it."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The line as it was, with its line feed."""
        return f"{_SIGNED_BY}{self.name} {packed(self.key_id + self.signature)}\n"


class SignedBy(Struct, frozen=True):
    """A signature that holds. `at`: the second since 1970 that a cosignature names."""

    key: VerifierKey
    at: int | None
    line: SignatureLine


class OpenedNote(Struct, frozen=True):
    """A note of which at least one signature is of a known key and holds. `unknown`: the lines of others, not judged."""

    text: str
    signed: Sequence[SignedBy]
    unknown: Sequence[SignatureLine]


def sign(text: str, signers: Iterable[Signer], now: datetime) -> bytes:
    """The note of this text, with one signature of each. Raises `InvalidInput` for a text that no note can have."""
    _check_text(text)
    return joined(text, [signer.line(text, now) for signer in signers])


def joined(text: str, lines: Iterable[str]) -> bytes:
    """The note of a text and its signature lines, each with its line feed."""
    return "".join([text, "\n", *lines]).encode()


def split_note(note: bytes) -> tuple[str, Sequence[SignatureLine]]:
    """The text of a note and who is said to have signed it, nothing of which is checked. Raises `InvalidInput`."""
    read = decoded("note", note, NOTE_BYTES_MAX)
    at = read.rfind("\n\n")
    if at < 0:
        raise InvalidInput("note", "has no empty line between its text and its signatures")
    return read[: at + 1], signature_lines(read[at + 2 :])


def signature_lines(text: str) -> Sequence[SignatureLine]:
    """At least one signature line and nothing else. Raises `InvalidInput`."""
    if not text.endswith("\n"):
        raise InvalidInput("note", "does not end in the line feed of a signature")
    lines = text[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise InvalidInput("note", f"has {len(lines)} signatures; at most {SIGNATURES_MAX} are read")
    return [_signature_line(line) for line in lines]


def open_note(note: bytes, known: Iterable[VerifierKey]) -> OpenedNote:
    """A note that at least one of these keys has signed, and none of them wrongly.

    Of one key, the first signature counts. Raises `InvalidInput` for what is no note, and `NotProven`.
    """
    text, lines = split_note(note)
    keys: Mapping[tuple[str, bytes], VerifierKey] = {(key.name, key.key_id): key for key in known}
    signed: dict[VerifierKey, SignedBy] = {}
    unknown = []
    for line in lines:
        key = keys.get((line.name, line.key_id))
        if key is None:
            unknown.append(line)
            continue
        at = key.signed_at(text, line.signature)
        signed.setdefault(key, SignedBy(key, at, line))
    if not signed:
        raise NotProven("note: none of its signatures is of a key that is known here")
    return OpenedNote(text, list(signed.values()), unknown)


def made_signer(name: str, chance: Callable[[int], bytes], kind: int = ED25519) -> Signer:
    """A new key. `chance` gives so many random bytes."""
    return Signer(name, chance(SEED_BYTES), kind)


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID_BYTES]


def _key_parts(text: str, field: str) -> tuple[str, bytes, int, bytes]:
    """Name, id, kind and key; no message repeats any of it, as it may be a secret."""
    parts = text.split("+", 2) if len(text) <= _KEY_CHARS_MAX else []
    if len(parts) != 3:
        raise InvalidInput(field, "is no key: a key is NAME+ID+BASE64")
    _check_name(field, parts[0])
    try:
        key_id, key = bytes.fromhex(parts[1]), unpacked(field, parts[2])
    except ValueError:
        key_id, key = b"", b""
    except InvalidInput:
        raise InvalidInput(field, "is no key: its last part is not base64") from None
    if len(key_id) != _ID_BYTES or key_id.hex() != parts[1] or not key:
        raise InvalidInput(field, "is no key: its id is not eight digits of lower-case hex")
    return parts[0], key_id, key[0], key[1:]


def _check_name(field: str, name: str) -> None:
    if not name or len(name) > NAME_CHARS_MAX:
        raise InvalidInput(field, f"a key's name has 1 to {NAME_CHARS_MAX} characters, such as example.com/log")
    if any(one.isspace() or one == "+" or one < " " or "\ud800" <= one <= "\udfff" for one in name):
        raise InvalidInput(
            field, "a key's name has no spaces, no + and no control characters; write it like example.com/log"
        )


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise InvalidInput("text", "does not end in a line feed")
    try:
        decoded("text", text.encode(), NOTE_BYTES_MAX)
    except UnicodeEncodeError:
        raise InvalidInput("text", "has half a character, which has no bytes") from None


def _signature_line(line: str) -> SignatureLine:
    name, space, signature = line.removeprefix(_SIGNED_BY).partition(" ")
    if not line.startswith(_SIGNED_BY) or not space:
        raise InvalidInput("note", f"{shown(line)} is no signature; it is written as an em dash, a name and base64")
    _check_name("note", name)
    read = unpacked("note", signature)
    if len(read) <= _ID_BYTES:
        raise InvalidInput("note", f"{shown(line)} has no signature after the key's id")
    return SignatureLine(name, read[:_ID_BYTES], read[_ID_BYTES:])
