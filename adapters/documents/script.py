"""A script as people and programs write it: checked field by field, then as a whole, before it becomes a campaign's."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from adapters.documents.input import StrictInput
from adapters.documents.texts import WHOLE
from domain.errors import InvalidInput
from domain.phone_number import is_e164, mask
from domain.script import Script, check_script, script_of, written_script
from domain.script import limits as limit
from domain.script.callbacks import AFTER_SHOWN

EXITS = ("next", "gather", "transfer", "bridge", "conference", "end")
ASKING = ("on", "no_input", "invalid", "timeout", "tries_max", "exhausted", "callback")
SECRET_FIELDS = frozenset({"destination", "stream_url"})
HANDING = ("transfer", "bridge", "conference")
ACTIONS_SHOWN = (
    "say, send_digits, hold, resume, mute, unmute, start_recording, stop_recording, start_stream or stop_stream"
)


def _matching(pattern: str, message: str) -> Any:
    whole = re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII)

    def check(text: str) -> str:
        if whole.fullmatch(text) is None:
            raise ValueError(message)
        return text

    return AfterValidator(check)


def _shown(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": pattern})


StepName = Annotated[
    str,
    _matching(
        limit.STEP_NAME_PATTERN,
        f"must be 1 to {limit.STEP_NAME_CHARS_MAX} of a-z, 0-9, '_' and '-', not starting with a sign, like main_menu",
    ),
    _shown(limit.STEP_NAME_PATTERN),
]
VariableName = Annotated[
    str,
    _matching(
        limit.VARIABLE_NAME_PATTERN,
        f"is no variable's name; use 1 to {limit.VARIABLE_NAME_CHARS_MAX} letters, digits and _, not starting with a digit",
    ),
    _shown(limit.VARIABLE_NAME_PATTERN),
]
PressedText = Annotated[
    str,
    _matching(limit.PRESSED_PATTERN, f"must be 1 to {limit.DIGITS_MAX} of 0-9, * and #"),
    _shown(limit.PRESSED_PATTERN),
]
KeyText = Annotated[str, _matching(limit.KEY_PATTERN, "must be one of 0-9, * and #"), _shown(limit.KEY_PATTERN)]
CallbackAfter = Annotated[
    str, _matching(limit.CALLBACK_AFTER_PATTERN, f"must be {AFTER_SHOWN}"), _shown(limit.CALLBACK_AFTER_PATTERN)
]
SentText = Annotated[
    str,
    _matching(limit.SENT_DIGITS_PATTERN, f"must be 1 to {limit.SENT_DIGITS_MAX} of 0-9, *, #, A-D, w, W and commas"),
    _shown(limit.SENT_DIGITS_PATTERN),
]
Room = Annotated[
    str,
    _matching(limit.ROOM_PATTERN, f"must be 1 to {limit.ROOM_CHARS_MAX} letters, digits, '.', '-' and '_'"),
    _shown(limit.ROOM_PATTERN),
]
Destination = Annotated[
    str,
    _matching(
        limit.DESTINATION_PATTERN,
        "must be a number in E.164 form like +15551230002, or a SIP address like sip:desk@example.com",
    ),
    _shown(limit.DESTINATION_PATTERN),
]
StreamUrl = Annotated[
    str, _matching(limit.STREAM_URL_PATTERN, "must be a wss:// address"), _shown(limit.STREAM_URL_PATTERN)
]
SpokenText = Annotated[str, Field(min_length=1, max_length=limit.TEXT_CHARS_MAX)]
DigitCount = Annotated[int, Field(ge=1, le=limit.DIGITS_MAX), WHOLE]


class NothingInput(StrictInput):
    """An action without fields, written `{}`."""


class SendDigitsInput(StrictInput):
    """`send_digits`: presses keys, after a pause."""

    digits: SentText
    pause_before_ms: Annotated[int, Field(ge=0, le=limit.PAUSE_BEFORE_MS_MAX), WHOLE] | None = None


class MuteInput(StrictInput):
    """`mute` and `unmute`: which direction."""

    direction: Literal["read", "write", "both"] = "both"


class StartStreamInput(StrictInput):
    """`start_stream`: where the sound goes."""

    stream_url: StreamUrl
    track: Literal["inbound", "outbound", "both"] | None = None


class StopStreamInput(StrictInput):
    """`stop_stream`: where it goes no longer."""

    stream_url: StreamUrl | None = None
    track: Literal["inbound", "outbound", "both"] | None = None


class ActionInput(StrictInput):
    """One of a step's actions: an object with exactly one of these names."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    say: SpokenText | None = None
    send_digits: SendDigitsInput | None = None
    hold: NothingInput | None = None
    resume: NothingInput | None = None
    mute: MuteInput | None = None
    unmute: MuteInput | None = None
    start_recording: NothingInput | None = None
    stop_recording: NothingInput | None = None
    start_stream: StartStreamInput | None = None
    stop_stream: StopStreamInput | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "ActionInput":
        if len(self.model_fields_set) != 1 or len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError(f'must be one action, like {{"say": "Hello"}}: {ACTIONS_SHOWN}')
        return self


class GatherInput(StrictInput):
    """`gather`: the question, and how many digits it takes."""

    prompt: SpokenText
    num_digits: DigitCount | None = None
    min_digits: DigitCount | None = None
    max_digits: DigitCount | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=limit.GATHER_TIMEOUT_SECONDS_MAX), WHOLE] | None = None
    finish_on_key: KeyText | None = None


class TransferInput(StrictInput):
    """`transfer`: to whom the call is handed."""

    destination: Destination


class BridgeInput(StrictInput):
    """`bridge`: with whom the caller is connected."""

    destination: Destination
    timeout_seconds: Annotated[int, Field(ge=1, le=limit.BRIDGE_TIMEOUT_SECONDS_MAX), WHOLE] | None = None


class ConferenceInput(StrictInput):
    """`conference`: the room."""

    room: Room
    mute: bool | None = None
    end_on_exit: bool | None = None


class StepInput(StrictInput):
    """`script.steps.NAME`: actions, and exactly one way on."""

    actions: Annotated[list[ActionInput], Field(max_length=limit.ACTIONS_A_STEP_MAX)] | None = None
    next: StepName | None = None
    gather: GatherInput | None = None
    on: Annotated[dict[PressedText, StepName], Field(max_length=limit.BRANCHES_MAX)] | None = None
    no_input: StepName | None = None
    invalid: StepName | None = None
    timeout: StepName | None = None
    tries_max: Annotated[int, Field(ge=1, le=limit.TRIES_MAX), WHOLE] | None = None
    exhausted: StepName | None = None
    callback: Annotated[dict[PressedText, CallbackAfter], Field(max_length=limit.BRANCHES_MAX)] | None = None
    transfer: TransferInput | None = None
    bridge: BridgeInput | None = None
    conference: ConferenceInput | None = None
    otherwise: StepName | None = None
    end: bool | None = None

    @model_validator(mode="after")
    def _has_one_way_on(self) -> "StepInput":
        ways = [name for name in EXITS if getattr(self, name) not in (None, False)]
        if len(ways) != 1:
            has = f"has {' and '.join(ways)}" if ways else "has no way on"
            raise ValueError(f"{has}; give exactly one of {', '.join(EXITS[:-1])} and end = true")
        wants_asking = next((name for name in ASKING if getattr(self, name) is not None), None)
        if wants_asking is not None and self.gather is None:
            raise ValueError(f"has {wants_asking}, which is for steps with gather; take it out")
        if self.otherwise is not None and ways[0] not in HANDING:
            raise ValueError("has otherwise, which is for steps with transfer, bridge or conference; take it out")
        if self.gather is not None and self.no_input is None:
            raise ValueError("asks, so it needs no_input: the step to go to when nothing is pressed")
        return self


class ScriptInput(StrictInput):
    """`script` of a campaign: what its calls say and ask."""

    start: StepName
    steps: Annotated[dict[StepName, StepInput], Field(min_length=1, max_length=limit.STEPS_MAX)]
    defaults: Annotated[dict[VariableName, SpokenText], Field(max_length=limit.DEFAULTS_MAX)] | None = None
    on_missing_variable: StepName | None = None
    safe_text: SpokenText | None = None

    def script(self) -> Script:
        """The script that this says, not yet looked at as a whole."""
        return script_of(self.model_dump(exclude_none=True))


def stored_script(given: ScriptInput) -> dict[str, Any]:
    """The script in the form in which it is stored. Raises `InvalidInput` naming the first field at fault."""
    script = given.script()
    faults = check_script(script)
    if faults:
        raise InvalidInput(faults[0].path, faults[0].says)
    return written_script(script)


def shown_script(written: Mapping[str, Any] | None, *, sees_numbers: bool) -> Mapping[str, Any] | None:
    """A stored script as it was written. For those who may see no numbers: without where it sends a call or its sound."""
    if written is None or sees_numbers:
        return written
    shown: Mapping[str, Any] = _masked(written)
    return shown


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {inner: _masked(part, inner) for inner, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part, name) for part in value]
    if name in SECRET_FIELDS and isinstance(value, str):
        return mask(value) if is_e164(value) else f"{value.partition(':')[0]}:…"
    return value
