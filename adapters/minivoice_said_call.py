"""A call as MiniVoice's answers have it: found in whatever wraps it, its id read, and the report that it makes."""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from adapters.minivoice_fields import Fields, only_object
from adapters.minivoice_json import Json, as_text, read_as_written, read_json
from domain.call import CallCanceled, CallCompleted, CallFailed, CallSnapshot, EndEvent, report_key
from domain.errors import InvalidInput

WRAPPERS = ("data", "call")
ENDS: Mapping[str, type[EndEvent]] = {
    "completed": CallCompleted,
    "failed": CallFailed,
    "canceled": CallCanceled,
}


class SaidCall(Struct, frozen=True):
    """A call as an answer has it, and its fields read so far."""

    call: Mapping[str, Any]
    call_id: str
    snapshot: CallSnapshot
    fields: Fields


def said_call(body: bytes, asked: str | None = None) -> SaidCall:
    """The call in an answer. Raises `UnreadableJson`, and `InvalidInput` where its id cannot be read."""
    try:
        return _call_in(read_json(body), asked)
    except InvalidInput:
        # A whole number beyond 64 bits, for one, was read as a double.
        return _call_in(read_as_written(body), asked)


def _call_in(document: Json, asked: str | None) -> SaidCall:
    fields = Fields(document.faults)
    if not isinstance(document.value, dict):
        fields.said("body", "is not an object")
    call = having("id", document.value)
    if call is None:
        raise InvalidInput("id", "is missing")
    call_id = asked if asked is not None and call["id"] == asked else fields.call_id(call, "id")
    return SaidCall(call, call_id, fields.snapshot(call), fields)


def end_in(said: SaidCall, body: bytes) -> EndEvent | None:
    """How the call ended, if its status says that it did."""
    status = said.snapshot.status or ""
    word = status.strip().lower()
    kind = ENDS.get(word)
    if kind is None:
        return None
    if status != word:
        said.fields.said("status", "is not spelled as documented")
    occurred_at = said.fields.time(said.call, f"{word}_at") or said.fields.time(said.call, "ended_at")
    return kind(occurred_at=occurred_at, **reported(kind.NAME, said, body))


def reported(name: str, said: SaidCall, body: bytes) -> dict[str, Any]:
    """What every report of an answer holds, but when it happened."""
    digest = digest_of(body)
    text, raw = as_text(body)
    return {
        "source": "api",
        "key": report_key("api", name, None, None, digest),
        "digest": digest,
        "body": text,
        "raw": raw,
        "snapshot": said.snapshot,
        "drift": tuple(said.fields.drift),
    }


def having(name: str, body: object) -> Mapping[str, Any] | None:
    """The bare object, or the one in its `data` or `call`, whichever has `name`; None if none has."""
    bare = only_object(body)
    if bare is None or bare.get(name) is not None:
        return bare
    wrapped = [only_object(bare.get(wrapper)) for wrapper in WRAPPERS]
    return next((one for one in wrapped if one is not None and one.get(name) is not None), None)


def digest_of(body: bytes) -> str:
    """The SHA-256 of an answer."""
    return hashlib.sha256(body).hexdigest()
