"""JSON from the provider, read strictly: UTF-8, finite numbers, whole characters, bounded depth."""

import json
from typing import Any

import msgspec
import orjson


class UnreadableJson(ValueError):
    """Not JSON that can be understood in one way only; the message says why and repeats nothing of it."""


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
