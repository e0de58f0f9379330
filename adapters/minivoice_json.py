"""JSON from the provider: read strictly where it is strict, and else as far as it can be understood in one way only."""

import json
import math
import re
from typing import Any, Final

import msgspec
import orjson
from msgspec import Struct

LEVELS_MAX = 64  # of what is read as written; beyond, a value is null
WHOLE_NUMBER_CHARS_MAX = 400
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_AROUND = "\0\t\n\r "
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


class UnreadableJson(ValueError):
    """Not JSON that can be understood in one way only; the message says why and repeats nothing of it."""


class Twice:
    """Stands for the values of a key that came twice in one object, where they are not the same."""


TWICE: Final = Twice()


class Json(Struct, frozen=True):
    """A value that was read, and what is not as JSON should be, such as `has half a character`."""

    value: Any
    faults: tuple[str, ...] = ()


def decode(raw: bytes) -> Any:
    """The value in `raw`; of a key that comes twice in an object, the last. Raises `UnreadableJson`.

    Refused beside malformed text: other encodings than UTF-8, a byte order mark, NaN and Infinity, numbers beyond a
    double, lone surrogates, and more than 1,024 levels.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise UnreadableJson("is not JSON" if _is_utf8(raw) else "is not UTF-8") from None


def decode_unambiguous(raw: bytes) -> Any:
    """As `decode`, but a key that comes twice in one object, at any level, and more than 254 levels are refused, too."""
    value = decode(raw)
    try:
        if not _keeps_every_key(value, raw):
            json.loads(raw.decode(), object_pairs_hook=_once)
    except (TypeError, RecursionError):
        raise UnreadableJson("is nested too deeply") from None
    return value


def read_json(raw: bytes) -> Json:
    """The value in `raw`: as `decode_unambiguous` has it, or where that refuses, as `read_as_written`. Raises `UnreadableJson`."""
    try:
        return Json(decode_unambiguous(raw))
    except UnreadableJson:
        found = read_as_written(raw)
        return found if found.faults else Json(found.value, ("is not strict JSON",))


def read_as_written(raw: bytes) -> Json:
    """The value in `raw`, read slowly and with patience. Raises `UnreadableJson` where it is no JSON at all.

    Whole numbers are exact however long, NaN and Infinity are read. Half characters, and bytes that are not UTF-8,
    become `REPLACEMENT`. What is deeper than `LEVELS_MAX` is null. The values of a key that comes twice are one where
    they are equal, objects are laid together, and else `TWICE` stands there.
    """
    text, faults = _text(raw)
    if _HALF_ESCAPED.search(text) is not None:
        whole = _ESCAPE.sub(_whole, text)
        faults += ["has half a character"] if whole != text else []
        text = whole
    if text.count("[") + text.count("{") > LEVELS_MAX:
        bounded = _bounded(text)
        faults += ["is nested too deeply"] if bounded != text else []
        text = bounded
    found_twice: list[str] = []

    def joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        found_twice[:] = ["has a key twice in one object"]
        members = {}
        for key, value in pairs:
            members[key] = _both(members[key], value) if key in members else value
        return members

    try:
        value = json.loads(text, strict=False, parse_int=_whole_number, object_pairs_hook=joined)
    except (ValueError, RecursionError):
        raise UnreadableJson("is not JSON" if _is_utf8(raw) else "is not UTF-8") from None
    return Json(value, (*faults, *found_twice))


def kept_text(raw: bytes) -> str:
    """What arrived, as text; of bytes that are not UTF-8 their numbers, such as `\\xff`."""
    return raw.decode(errors="backslashreplace")


def as_text(raw: bytes) -> tuple[str, bytes | None]:
    """What arrived, as `kept_text` has it, and its bytes where text cannot hold them."""
    try:
        return raw.decode(), None
    except UnicodeDecodeError:
        return kept_text(raw), raw


def _text(raw: bytes) -> tuple[str, list[str]]:
    """What is written there, without what stands around it, and what is odd about its encoding."""
    encoding = json.detect_encoding(raw)
    faults = []
    if encoding == "utf-8-sig":
        faults = ["begins with a byte order mark"]
    elif encoding != "utf-8":
        faults = ["is not UTF-8 but another encoding"]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode(encoding, "replace")
        faults.append("has bytes that are no characters")
    return text.strip(_AROUND), faults


def _whole(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape[1] else escape[0]


def _bounded(text: str) -> str:
    """The text with null for whatever is deeper than `LEVELS_MAX`, of which only the brackets are counted."""
    kept: list[str] = []
    levels = begin = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0][0]
        if mark in "[{":
            levels += 1
            if levels == LEVELS_MAX + 1:
                kept.append(text[begin : found.start()])
        elif mark in "]}":
            levels -= 1
            if levels == LEVELS_MAX:
                kept.append("null")
                begin = found.end()
    # Where a bracket is left open inside, the rest is missing, and is seen to be no JSON.
    return "".join(kept) if levels > LEVELS_MAX else "".join((*kept, text[begin:]))


def _both(one: Any, other: Any) -> Any:
    """Two values of one key. The first, if an object, takes in the second: so many of them cost what they are long."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key, value in other.items():
            one[key] = _both(one[key], value) if key in one else value
        return one
    return one if type(one) is type(other) and one == other else TWICE


def _whole_number(text: str) -> int | float:
    """A whole number; infinity for one that costs too much to read."""
    return int(text) if len(text) <= WHOLE_NUMBER_CHARS_MAX else math.copysign(math.inf, -1 if text[0] == "-" else 1)


def _keeps_every_key(value: object, raw: bytes) -> bool:
    """Whether writing the value gives what came, whitespace aside; dicts have every key once, so then it had, too.

    False proves nothing: escapes and numbers can be written in several ways.
    """
    written = orjson.dumps(value)
    return written == raw or written == msgspec.json.format(raw, indent=-1)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise UnreadableJson("has a key twice in one object")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
