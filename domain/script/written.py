"""A script as it is written and stored: plain objects, lists and texts. Reading what was written gives the same script."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from domain.errors import InvalidInput
from domain.script.actions import (
    Action,
    Ask,
    Bridge,
    Conference,
    Handing,
    Hold,
    Mute,
    Resume,
    Say,
    SendDigits,
    StartRecording,
    StartStream,
    StopRecording,
    StopStream,
    Transfer,
    Unmute,
)
from domain.script.script import End, Exit, Gather, HandOver, Next, Script, ScriptStep

ACTIONS: Mapping[str, type[Action]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (SendDigits, Hold, Resume, Mute, Unmute, StartRecording, StopRecording, StartStream, StopStream)
}
HANDINGS: Mapping[str, type[Handing]] = {
    str(kind.__struct_config__.tag): kind for kind in (Transfer, Bridge, Conference)
}
Kind = TypeVar("Kind", bound=Struct)


class _Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    actions: tuple[dict[str, Any], ...] = ()
    next: str | None = None
    gather: dict[str, Any] | None = None
    on: dict[str, str] = {}
    no_input: str | None = None
    invalid: str | None = None
    timeout: str | None = None
    tries_max: int = 1
    exhausted: str | None = None
    callback: dict[str, str] = {}
    transfer: dict[str, Any] | None = None
    bridge: dict[str, Any] | None = None
    conference: dict[str, Any] | None = None
    otherwise: str | None = None
    end: bool = False


class _Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    start: str
    steps: dict[str, _Step]
    defaults: dict[str, str] = {}
    on_missing_variable: str | None = None
    safe_text: str | None = None


def script_of(written: Mapping[str, Any]) -> Script:
    """The script that is written so. Raises `InvalidInput` for what is none; limits and names are for others to check."""
    try:
        read = msgspec.convert(written, _Script)
        return Script(
            start=read.start,
            steps={name: _step(step) for name, step in read.steps.items()},
            defaults=read.defaults,
            on_missing_variable=read.on_missing_variable,
            safe_text=read.safe_text,
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput("script", f"cannot be read: {error}") from None


def written_script(script: Script) -> dict[str, Any]:
    """How it is written, without what it would have anyway."""
    written: dict[str, Any] = {
        "start": script.start,
        "on_missing_variable": script.on_missing_variable,
        "safe_text": script.safe_text,
        "defaults": dict(script.defaults) or None,
        "steps": {name: _written_step(step) for name, step in script.steps.items()},
    }
    return {name: value for name, value in written.items() if value is not None}


def _step(read: _Step) -> ScriptStep:
    return ScriptStep(actions=tuple(_action(action) for action in read.actions), exit=_exit(read))


def _exit(read: _Step) -> Exit:
    if read.next is not None:
        return Next(read.next)
    if read.gather is not None:
        if read.no_input is None:
            raise ValueError("a question has no no_input")
        return Gather(
            ask=_typed(read.gather, Ask),
            on=read.on,
            no_input=read.no_input,
            invalid=read.invalid,
            timeout=read.timeout,
            tries_max=read.tries_max,
            exhausted=read.exhausted,
            callback=read.callback,
        )
    for name, kind in HANDINGS.items():
        fields = getattr(read, name)
        if fields is not None:
            return HandOver(to=_typed(fields, kind), otherwise=read.otherwise)
    if read.end:
        return End()
    raise ValueError("a step has no way on")


def _action(read: dict[str, Any]) -> Action:
    ((name, fields),) = read.items()
    if name == "say":
        return msgspec.convert({"text": fields, "type": "say"}, Say)
    if name not in ACTIONS:
        raise ValueError("a step has an action that is not known")
    return _typed(fields, ACTIONS[name])


def _typed(fields: Any, kind: type[Kind]) -> Kind:
    unknown = min(fields.keys() - {*kind.__struct_fields__}, default=None) if isinstance(fields, dict) else None
    if unknown is not None:
        raise ValueError("an action has a field that is not known")
    return msgspec.convert(fields, kind)


def _written_step(step: ScriptStep) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if step.actions:
        written["actions"] = [_written_action(action) for action in step.actions]
    match step.exit:
        case Next(following):
            written["next"] = following
        case Gather() as gather:
            written["gather"] = _fields(gather.ask)
            written |= {name: value for name, value in _fields(gather).items() if name != "ask"}
            written |= {name: dict(written[name]) for name in ("on", "callback") if name in written}
        case HandOver(to=to, otherwise=otherwise):
            written[str(to.__struct_config__.tag)] = _fields(to)
            if otherwise is not None:
                written["otherwise"] = otherwise
        case End():
            written["end"] = True
    return written


def _written_action(action: Action) -> dict[str, Any]:
    return {"say": action.text} if isinstance(action, Say) else {str(action.__struct_config__.tag): _fields(action)}


def _fields(of: Struct) -> dict[str, Any]:
    """Its fields without those that have their default, None among them."""
    defaults = {field.name: field.default for field in structs.fields(of)}
    return {name: value for name, value in structs.asdict(of).items() if value not in (None, {}, defaults[name])}
