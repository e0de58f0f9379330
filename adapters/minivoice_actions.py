"""MiniVoice's actions document: ours written in the notation that it asks for, anybody's read in either."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct, structs

from adapters.minivoice_json import UnreadableJson, decode
from domain.script import Ask, Place, Redirect, ServedAction
from domain.script.limits import REDIRECTS_MAX

ACTIONS_READ_MAX = 1_000
FIELDS: Mapping[str, tuple[str, ...]] = {
    "say": ("text",),
    "gather": ("prompt", "num_digits", "min_digits", "max_digits", "timeout_seconds", "finish_on_key"),
    "send_digits": ("digits", "pause_before_ms"),
    "redirect": ("url", "method", "max_redirects"),
    "transfer": ("destination",),
    "bridge": ("destination", "timeout_seconds"),
    "conference": ("room", "mute", "end_on_exit"),
    "hold": (),
    "resume": (),
    "mute": ("direction",),
    "unmute": ("direction",),
    "start_recording": (),
    "stop_recording": (),
    "start_stream": ("stream_url", "track"),
    "stop_stream": ("stream_url", "track"),
}
"""Each documented action with its fields, in the order in which they are written."""
KEYED = frozenset({"say", "gather", "send_digits", "redirect"})
"""The actions that are written `{"say": {…}}`; all others are written `{"type": "hold", …}`."""
# One example of the documentation has `to` where the others have `destination`.
OTHER_NAMES: Mapping[str, Mapping[str, str]] = {"transfer": {"to": "destination"}, "bridge": {"to": "destination"}}
REDIRECT_METHOD = "GET"


class UnreadableActions(ValueError):
    """Not an actions document; the message says what of it is none."""


class Instruction(Struct, frozen=True):
    """One action in MiniVoice's words, whichever notation it came in; an unknown one keeps its name and fields."""

    kind: str
    fields: Mapping[str, Any]


def encoded(actions: Sequence[ServedAction], url_of: Callable[[Place], str]) -> bytes:
    """The document that says this, its redirects at `url_of` their place. Equal actions give equal bytes."""
    return write_actions([_instruction(action, url_of) for action in actions])


def write_actions(instructions: Sequence[Instruction]) -> bytes:
    """The document, each action in the notation that MiniVoice asks for, its known fields first and in their order."""
    return orjson.dumps({"actions": [_written(instruction) for instruction in instructions]})


def read_actions(raw: bytes) -> tuple[Instruction, ...]:
    """The actions of a document in both notations, mixed at will. Raises `UnreadableActions`."""
    try:
        found = decode(raw)
    except UnreadableJson as error:
        raise UnreadableActions(f"the document {error}") from None
    actions = found.get("actions") if isinstance(found, dict) else None
    if not isinstance(actions, list):
        raise UnreadableActions('the document is no object with a list of "actions"')
    if len(actions) > ACTIONS_READ_MAX:
        raise UnreadableActions(f"the document has more than {ACTIONS_READ_MAX} actions")
    return tuple(_read(action, f"actions[{index}]") for index, action in enumerate(actions))


def _instruction(action: ServedAction, url_of: Callable[[Place], str]) -> Instruction:
    if isinstance(action, Redirect):
        url = url_of(action.place)
        return Instruction("redirect", {"url": url, "method": REDIRECT_METHOD, "max_redirects": REDIRECTS_MAX})
    fields = {name: value for name, value in structs.asdict(action).items() if value is not None}
    if isinstance(action, Ask) and action.num_digits is action.min_digits is action.max_digits is None:
        fields["num_digits"] = 1
    return Instruction(str(action.__struct_config__.tag), fields)


def _written(instruction: Instruction) -> dict[str, Any]:
    known = FIELDS.get(instruction.kind, ())
    fields = {name: instruction.fields[name] for name in known if name in instruction.fields}
    fields |= {name: value for name, value in sorted(instruction.fields.items()) if name not in fields}
    if instruction.kind in KEYED:
        return {instruction.kind: fields}
    return {"type": instruction.kind, **{name: value for name, value in fields.items() if name != "type"}}


def _read(action: Any, place: str) -> Instruction:
    if not isinstance(action, dict):
        raise UnreadableActions(f"{place} is not an object")
    kind = action.get("type")
    if isinstance(kind, str) and kind:
        inner = action.get(kind)
        # Both at once, {"type": "say", "say": {…}}, is written nowhere, and can be understood in one way only.
        others = {name: value for name, value in action.items() if name != "type"}
        return _renamed(kind, inner if isinstance(inner, dict) and len(action) == 2 else others)
    if len(action) != 1:
        raise UnreadableActions(f'{place} has neither a "type" nor exactly one name')
    ((kind, fields),) = action.items()
    if not isinstance(fields, dict):
        raise UnreadableActions(f"{place}.{kind} is not an object")
    return _renamed(kind, fields)


def _renamed(kind: str, fields: Mapping[str, Any]) -> Instruction:
    ours = {old: new for old, new in OTHER_NAMES.get(kind, {}).items() if new not in fields}
    return Instruction(kind, {ours.get(name, name): value for name, value in fields.items()})
