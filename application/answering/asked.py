"""What the provider asked for, wherever it put it: how it asks is documented nowhere, so every plausible place is looked at."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from adapters.minivoice_json import UnreadableJson, read_json
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from domain.phone_number import is_e164

BODY_BYTES_MAX = 64 * 1024
BODY_CHARS_RECORDED_MAX = 8 * 1024
HEADERS_BYTES_RECORDED_MAX = 8 * 1024
QUERY_BYTES_RECORDED_MAX = 8 * 1024
BODY_BYTES_RECORDED_MAX = 16 * 1024
REQUEST_BYTES_RECORDED_MAX = 33 * 1024  # all of it, as it is written
ESCAPED_BYTES_MAX = 6  # of one character in JSON, as \u0000
VALUES_MAX = 200
DEPTH_MAX = 4
CANDIDATES_MAX = 4
CALL_ID_NAMES = ("callid", "calluuid", "callsid")
CALL_ID_NAMES_ALONE = ("id",)
FROM_NAMES = ("from", "fromnumber", "caller", "callernumber", "callerid", "ani")
TO_NAMES = ("to", "tonumber", "called", "callednumber", "destination", "dnis")
ATTEMPT_NAMES = ("attemptid",)
PLACE_NAME, SIGNATURE_NAME = "dt_at", "dt_sig"
OWN_NAMES = frozenset({PLACE_NAME, SIGNATURE_NAME})
HEADERS_KEPT = re.compile(r"content-type|user-agent|x-minivoice-.{1,60}|(x-)?(call|from|to|caller|called)(-.{1,60})?")
# A signature shows that a redelivered request is the provider's own; a token in it would show how to ask in its name.
HEADERS_NEVER_KEPT = re.compile(r"auth|cookie|token|secret|key")
_NOT_A_WORD = re.compile(r"[^a-z0-9]")


class Asked(Struct, frozen=True, kw_only=True):
    """One request for a document.

    `call_ids`, `numbers` (from, to) and `attempt_ids` are candidates, the likeliest first; `is_named` says that the first
    call id was called one, and not just an id. `own` is what a link of ours brought back; `text` what is recorded of it (JSON).
    """

    call_ids: tuple[str, ...]
    is_named: bool
    from_numbers: tuple[str, ...]
    to_numbers: tuple[str, ...]
    attempt_ids: tuple[str, ...]
    own: Mapping[str, str]
    text: str


def read_asked(method: str, query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes | None) -> Asked:
    """The request as far as it can be understood; nothing about it is an error. `body` is None where it was too large."""
    in_query = _pairs(query.decode("latin-1"))
    kept = dict(_kept_headers(headers))
    in_body = [] if body is None else list(_values_of_body(body))
    in_headers = [((name.removeprefix("x-").removeprefix("minivoice-"),), value) for name, value in kept.items()]
    own = {name: value for (name,), value in in_query if name in OWN_NAMES}
    told = [*in_body, *((path, value) for path, value in in_query if path[0] not in OWN_NAMES), *in_headers]
    recorded: dict[str, Any] = {
        "method": method[:16],
        "query": _Room(QUERY_BYTES_RECORDED_MAX).all(
            {name: value for (name,), value in in_query if name != SIGNATURE_NAME}
        ),
        "headers": _Room(HEADERS_BYTES_RECORDED_MAX).all(kept),
        "body": None
        if body is None
        else _Room(BODY_BYTES_RECORDED_MAX).text(body[:BODY_CHARS_RECORDED_MAX].decode("utf-8", "replace")),
    }
    named = _found(told, CALL_ID_NAMES, _call_id)
    return Asked(
        call_ids=named + _found(told, CALL_ID_NAMES_ALONE, _call_id, alone=True),
        is_named=bool(named),
        from_numbers=_found(told, FROM_NAMES, _number),
        to_numbers=_found(told, TO_NAMES, _number),
        attempt_ids=_found(told, ATTEMPT_NAMES, _call_id),
        own=own,
        text=orjson.dumps(recorded).decode(),
    )


class _Room:
    """So many bytes of JSON to record something in: whoever knows the address decides how much they send, not how much is kept."""

    def __init__(self, bytes_max: int) -> None:
        self._left = bytes_max

    def text(self, text: str) -> str:
        """As much of a text as there is room for."""
        if len(orjson.dumps(text)) > self._left:
            text = text[: max(0, self._left - len('""')) // ESCAPED_BYTES_MAX]
        self._left -= len(orjson.dumps(text))
        return text

    def all(self, texts: Mapping[str, str]) -> dict[str, str]:
        """As many of them as there is room for."""
        kept = {}
        for name, value in texts.items():
            self._left -= len(orjson.dumps(name)) + len(":,")
            if self._left <= len('""'):
                break
            kept[name] = self.text(value)
        return kept


_Told = Sequence[tuple[tuple[str, ...], str]]


def _pairs(text: str) -> list[tuple[tuple[str, ...], str]]:
    try:
        return [((name,), value) for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=VALUES_MAX)]
    except ValueError:
        return []


def _kept_headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for raw_name, value in headers:
        name = raw_name.decode("latin-1").lower()
        if HEADERS_KEPT.fullmatch(name) is not None and HEADERS_NEVER_KEPT.search(name) is None:
            yield name, value[:BODY_CHARS_RECORDED_MAX].decode("latin-1")


def _values_of_body(body: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """JSON if it is JSON, whatever it says it is; else a form."""
    if not body:
        return
    try:
        found = read_json(body).value
    except UnreadableJson:
        yield from _pairs(body.decode("utf-8", "replace"))
        return
    left = VALUES_MAX
    for path, value in _leaves((), found, 0):
        if left == 0:
            return
        left -= 1
        yield path, value


def _leaves(path: tuple[str, ...], value: Any, depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict) and depth < DEPTH_MAX:
        for name, inner in value.items():
            yield from _leaves((*path, name), inner, depth + 1)
    elif path and isinstance(value, str | int) and not isinstance(value, bool):
        yield path, str(value)


def _found(
    told: _Told, names: Sequence[str], read: Callable[[str], str | None], *, alone: bool = False
) -> tuple[str, ...]:
    """The usable values under these names, by the order of the names. `alone`: only where nothing stands before it."""
    found: dict[str, None] = {}
    for name in names:
        for path, text in told:
            is_named = _word(path[-1]) == name and (not alone or len(path) == 1)
            if is_named or (not alone and len(path) > 1 and _word("".join(path[-2:])) == name):
                value = read(text)
                if value is not None:
                    found.setdefault(value)
    return tuple(found)[:CANDIDATES_MAX]


def _word(name: str) -> str:
    return _NOT_A_WORD.sub("", name.lower())


def _call_id(text: str) -> str | None:
    if is_e164(text):  # somebody's number, which would become a stream's name and stand in the log
        return None
    try:
        return parse_call_id(text)
    except InvalidInput:
        return None


def _number(text: str) -> str | None:
    """A plus in a form or a query that nobody escaped arrives as a space."""
    bare = text.strip()
    number = bare if bare.startswith("+") else f"+{bare}"
    return number if is_e164(number) else None
