"""The fields of what MiniVoice reports, each read for itself: what can be read counts, and what is odd is told."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from adapters.minivoice_json import REPLACEMENT, TWICE, UnreadableJson, read_json
from adapters.minivoice_time import TIME_CHARS_MAX, parse_time, read_time
from domain.call import CallSnapshot
from domain.errors import InvalidInput
from domain.identity import parse_call_id

DIGITS_PARTS_MAX = 64
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_FLAGS: Mapping[object, bool] = {"true": True, "false": False, "1": True, "0": False, 1: True, 0: False}


class Fields:
    """Reads the fields of one report. `drift` are those that were not as documented: the field, and what is odd about it.

    It repeats nothing of what stood there. A field that is missing, or null, is not odd. `inside` is what stands before
    a field's name when it is told, such as `data.`.
    """

    def __init__(self, faults: Collection[str] = ()) -> None:
        self.drift = [f"body: {fault}" for fault in faults] if faults else []

    def text(self, holder: Mapping[str, Any], name: str, inside: str = "") -> str | None:
        """A text; a whole number is its digits. None where it is missing or cannot be read."""
        value = holder.get(name)
        if isinstance(value, str):
            return value if value.isprintable() else self._storable(value, inside + name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            self._odd(inside + name, "is a number")
            return str(value)
        self._odd(inside + name, "is not a text")
        return None

    def object(self, holder: Mapping[str, Any], name: str, inside: str = "") -> Mapping[str, Any]:
        """An object, also the only one of a list, or one that is written in a text; an empty one where there is none."""
        value = holder.get(name)
        if isinstance(value, dict):
            return value
        if value is None:
            return {}
        found = only_object(value)
        self._odd(inside + name, "is not an object")
        return {} if found is None else found

    def time(self, holder: Mapping[str, Any], name: str, inside: str = "") -> datetime | None:
        """An instant, in UTC; None where it is missing or cannot be read."""
        value = holder.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                return parse_time(value)
            except ValueError as fault:
                why = str(fault)
        else:
            why = "is not a text"
        self._odd(inside + name, why)
        try:
            return read_time(value)
        except ValueError:
            return None

    def flag(self, holder: Mapping[str, Any], name: str, inside: str = "") -> bool | None:
        """True or false, also as a word or as 1 or 0; None where it is missing or cannot be read."""
        value = holder.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._odd(inside + name, "is neither true nor false")
        if isinstance(value, str):
            return _FLAGS.get(value.strip().lower())
        return _FLAGS.get(value) if isinstance(value, int | float) else None

    def digits(self, holder: Mapping[str, Any], name: str, inside: str = "") -> str | None:
        """What was pressed, without spaces; also as a number, or as a list of digits. None where it cannot be read."""
        value = holder.get(name)
        if value is None:
            return None
        pressed = _pressed(value)
        if pressed != value:
            self._odd(inside + name, "is not a text of digits")
        return pressed

    def call_id(self, holder: Mapping[str, Any], name: str, inside: str = "") -> str:
        """A call's id: a text without the spaces around it, or the digits of a whole number. Raises `InvalidInput`."""
        value = holder.get(name)
        if not isinstance(value, str):
            if not isinstance(value, int) or isinstance(value, bool):
                raise InvalidInput(inside + name, why_not(value, "is neither a text nor a whole number"))
            self._odd(inside + name, "is a number")
            value = str(value)
        if REPLACEMENT in value:
            raise InvalidInput(inside + name, "has a character that was lost on the way")
        bare = value.strip()
        if bare != value:
            self._odd(inside + name, "has spaces around it")
        return parse_call_id(bare, inside + name)

    def snapshot(self, call: Mapping[str, Any], inside: str = "") -> CallSnapshot:
        """What a report says of the call itself."""
        attempt_id = self.object(call, "metadata", inside).get("attempt_id")
        return CallSnapshot(
            status=self.text(call, "status", inside),
            direction=self.text(call, "direction", inside),
            from_number=self.text(call, "from", inside),
            to_number=self.text(call, "to", inside),
            attempt_id=attempt_id if isinstance(attempt_id, str) and attempt_id.isprintable() else None,
        )

    def said(self, field: str, fault: str) -> None:
        """Tell that a field is odd."""
        self._odd(field, fault)

    def _storable(self, value: str, field: str) -> str:
        """The text without what PostgreSQL stores in no text."""
        storable = _UNSTORABLE.sub(REPLACEMENT, value)
        if storable != value:
            self._odd(field, "has a NUL character")
        return storable

    def _odd(self, field: str, fault: str) -> None:
        self.drift.append(f"{field}: {fault}")


def why_not(value: object, fault: str) -> str:
    """Why a value that has to be there cannot be read; `fault` where it is of another type."""
    if value is None:
        return "is missing"
    return "comes twice, and not the same" if value is TWICE else fault


def only_object(value: object) -> dict[str, Any] | None:
    """The object that a value is, or that is alone in a list, or written in a text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = read_json(value.encode("utf-8", "replace")).value
        except UnreadableJson:
            return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def key_time(holder: Mapping[str, Any], name: str) -> str:
    """A time as it was written, as far as a report's key has it."""
    value = holder.get(name)
    if not isinstance(value, str):
        value = str(value) if isinstance(value, int | float) else ""
    return value if len(value) <= TIME_CHARS_MAX and value.isprintable() else ""


def _pressed(value: object) -> str | None:
    if isinstance(value, str):
        return _UNSTORABLE.sub(REPLACEMENT, "".join(value.split()))
    if isinstance(value, list) and len(value) <= DIGITS_PARTS_MAX:
        parts = [_pressed(part) for part in value if not isinstance(part, list)]
        return "".join(part or "" for part in parts) if len(parts) == len(value) and None not in parts else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return str(value) if is_number else None
