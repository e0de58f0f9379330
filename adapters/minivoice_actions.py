"""MiniVoice's actions document, written in the notation that it asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct, structs

from domain.script import Ask, Place, Redirect, ServedAction
from domain.script.limits import REDIRECTS_MAX

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
REDIRECT_METHOD = "GET"


class Instruction(Struct, frozen=True):
    """One action in MiniVoice's words."""

    kind: str
    fields: Mapping[str, Any]


def encoded(actions: Sequence[ServedAction], url_of: Callable[[Place], str]) -> bytes:
    """The document that says this, its redirects at `url_of` their place. Equal actions give equal bytes."""
    return write_actions([_instruction(action, url_of) for action in actions])


def write_actions(instructions: Sequence[Instruction]) -> bytes:
    """The document, each action in the notation that MiniVoice asks for, its known fields first and in their order."""
    return orjson.dumps({"actions": [_written(instruction) for instruction in instructions]})


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
