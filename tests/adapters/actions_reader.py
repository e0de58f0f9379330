"""Actions documents read back, in both of MiniVoice's notations: what a document says, whoever wrote it."""

from collections.abc import Mapping
from typing import Any

from adapters.minivoice_actions import Instruction
from adapters.minivoice_json import UnreadableJson, decode

ACTIONS_READ_MAX = 1_000
# One example of the documentation has `to` where the others have `destination`.
OTHER_NAMES: Mapping[str, Mapping[str, str]] = {"transfer": {"to": "destination"}, "bridge": {"to": "destination"}}


class UnreadableActions(ValueError):
    """Not an actions document; the message says what of it is none."""


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
