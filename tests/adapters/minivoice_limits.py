"""Whether a document is one that MiniVoice's documentation allows, by rules written down here once more, from that page."""

import json
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _number(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _like(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _among(*words: str) -> Check:
    return lambda value: value in words


def _flag(value: Any) -> bool:
    return value is True or value is False


WHERE = _like(r"\+[1-9]\d{1,14}|sips?:\S+")
# Each action: the fields that it must have, and those that it may have.
ALLOWED: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "say": ({"text": _text}, {}),
    "gather": (
        {"prompt": _text},
        {
            "num_digits": _number(1, 10**9),
            "min_digits": _number(1, 10**9),
            "max_digits": _number(1, 10**9),
            "timeout_seconds": _number(1, 30),
            "finish_on_key": _like(r"[0-9*#]"),
        },
    ),
    "send_digits": ({"digits": _like(r"[0-9*#A-DwW,]+")}, {"pause_before_ms": _number(0, 60_000)}),
    "redirect": (
        {"url": _like(r"https?://\S+")},
        {"method": _among("GET", "POST"), "max_redirects": _number(0, 20)},
    ),
    "transfer": ({"destination": WHERE}, {}),
    "bridge": ({"destination": WHERE}, {"timeout_seconds": _number(1, 10**9)}),
    "conference": ({"room": _like(r"[A-Za-z0-9._-]+")}, {"mute": _flag, "end_on_exit": _flag}),
    "hold": ({}, {}),
    "resume": ({}, {}),
    "mute": ({}, {"direction": _among("read", "write", "both")}),
    "unmute": ({}, {"direction": _among("read", "write", "both")}),
    "start_recording": ({}, {}),
    "stop_recording": ({}, {}),
    "start_stream": ({"stream_url": _like(r"wss://\S+")}, {"track": _among("inbound", "outbound", "both")}),
    "stop_stream": ({}, {"stream_url": _like(r"wss://\S+"), "track": _among("inbound", "outbound", "both")}),
}
WRITTEN_BY_NAME = ("say", "gather", "send_digits", "redirect")


def kinds_of_valid(document: bytes) -> list[str]:
    """The kinds of the document's actions; an assertion fails where one is not as documented, or in the other notation."""
    read = json.loads(document)
    assert list(read) == ["actions"]
    assert read["actions"], "a document without actions"
    kinds: list[str] = []
    for action in read["actions"]:
        if "type" in action:
            kind = action["type"]
            fields = {name: value for name, value in action.items() if name != "type"}
            assert kind not in WRITTEN_BY_NAME, f"{kind} is written by its name"
        else:
            ((kind, fields),) = action.items()
            assert kind in WRITTEN_BY_NAME, f"{kind} is written with its type"
        must, may = ALLOWED[kind]
        assert must.keys() <= fields.keys() <= must.keys() | may.keys(), f"{kind} has {sorted(fields)}"
        for name, value in fields.items():
            assert {**must, **may}[name](value), f"{kind}.{name} is {value!r}"
        kinds.append(kind)
    return kinds
