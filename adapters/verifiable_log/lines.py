"""The lines that notes, checkpoints and proofs have in common: one spelling of a number and of bytes, and no other."""

import base64
import binascii
import re

from domain.errors import InvalidInput

NUMBER_MAX = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SHOWN_CHARS_MAX = 40


def decoded(field: str, text: bytes, bytes_max: int) -> str:
    """A stranger's text, lines of UTF-8 without control characters. Raises `InvalidInput`."""
    if len(text) > bytes_max:
        raise InvalidInput(field, f"has {len(text)} bytes; at most {bytes_max} are read")
    try:
        read = text.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(field, f"is not UTF-8 at byte {error.start}") from None
    if found := _CONTROL.search(read):
        raise InvalidInput(field, f"has the control character {found.group()!r}; its lines end in a line feed alone")
    return read


def number(field: str, text: str) -> int:
    """A decimal without leading zeros, up to 2**63 - 1. Raises `InvalidInput`."""
    if not _NUMBER.fullmatch(text) or int(text) > NUMBER_MAX:
        raise InvalidInput(field, f"{shown(text)} is not a decimal from 0 to {NUMBER_MAX} without leading zeros")
    return int(text)


def unpacked(field: str, text: str, length: int | None = None) -> bytes:
    """Base64 in its one standard spelling; with `length`, of so many bytes. Raises `InvalidInput`."""
    try:
        read = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        read = b""
    if not text or packed(read) != text:
        raise InvalidInput(field, f"{shown(text)} is not base64 as it is written by the standard")
    if length is not None and len(read) != length:
        raise InvalidInput(field, f"{shown(text)} stands for {len(read)} bytes, not {length}")
    return read


def packed(value: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(value).decode()


def shown(text: str) -> str:
    """What was given, safe to print and not longer than a person reads."""
    return ascii(text if len(text) <= SHOWN_CHARS_MAX else text[:SHOWN_CHARS_MAX] + "...")
