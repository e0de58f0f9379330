"""Bodies that come packed: what `Content-Encoding` says of them is undone, within a bound."""

import zlib

ENCODINGS = ("gzip", "x-gzip", "deflate")
LAYERS_MAX = 2
MEMBERS_MAX = 16
_PLAIN = frozenset({"", "identity"})
_EITHER_HEADER = 32 + zlib.MAX_WBITS  # gzip's or zlib's
_NO_HEADER = -zlib.MAX_WBITS


class UnknownEncoding(ValueError):
    """An encoding that is not read here; the message names it, and those that are."""


class CannotUnpack(ValueError):
    """What is packed is broken, or too large; the message says which."""


def encodings_of(header: str | None) -> list[str]:
    """The encodings in the order in which they were applied. Raises `UnknownEncoding`."""
    named = [name for part in (header or "").split(",") if (name := part.strip().lower()) not in _PLAIN]
    for name in named:
        if name not in ENCODINGS:
            raise UnknownEncoding(f"Content-Encoding {name[:40]} is not read here; send gzip, deflate, or none")
    if len(named) > LAYERS_MAX:
        raise UnknownEncoding(f"Content-Encoding has more than {LAYERS_MAX} layers; send gzip, deflate, or none")
    return named


def unpack(packed: bytes, encodings: list[str], bytes_max: int) -> bytes:
    """What was packed, of at most `bytes_max` bytes. Raises `CannotUnpack`; no more than that is ever held in memory."""
    body = packed
    for encoding in reversed(encodings):
        body = _unpack_once(body, encoding, bytes_max)
    return body


def _unpack_once(packed: bytes, encoding: str, bytes_max: int) -> bytes:
    try:
        return _inflated(packed, _EITHER_HEADER, bytes_max)
    except zlib.error:
        pass
    try:
        if encoding == "deflate":  # some send it without zlib's header
            return _inflated(packed, _NO_HEADER, bytes_max)
    except zlib.error:
        pass
    raise CannotUnpack(f"is no whole {encoding}, as Content-Encoding says")


def _inflated(packed: bytes, window_bits: int, bytes_max: int) -> bytes:
    """All members of it, one after the other."""
    members: list[bytes] = []
    size = 0
    while packed:
        # Each costs a copy of all that follows it, and those of nothing never come to `bytes_max`.
        if len(members) == MEMBERS_MAX:
            raise CannotUnpack(f"has more than {MEMBERS_MAX} members")
        member = zlib.decompressobj(window_bits)
        members.append(member.decompress(packed, bytes_max - size + 1))
        size += len(members[-1])
        if size > bytes_max:
            raise CannotUnpack(f"has more than {bytes_max} bytes when it is unpacked")
        if not member.eof:
            raise zlib.error("incomplete")
        packed = member.unused_data
    return b"".join(members)
