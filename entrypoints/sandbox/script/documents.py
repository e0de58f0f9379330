"""An answer document, `{"actions":[…]}`, read strictly by the provider's documented limits, in both notations.

A field that the document does not name is a fault too: a mistyped one must not pass as left out.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from entrypoints.sandbox.orders import E164, parse_json

ACTIONS_MAX = 500
FAULTS_MAX = 20
GATHER_SECONDS_MAX = 30
PAUSE_MILLISECONDS_MAX = 60_000
REDIRECTS_MAX = 20

SIP_URI = re.compile(r"sips?:[^\s@]+(@[^\s@]+)?")
ROOM = re.compile(r"[A-Za-z0-9._-]+")
DIGITS = re.compile(r"[0-9*#A-DwW,]+")
HTTP_URL = re.compile(r"https?://[^\s/]+\S*")
WSS_URL = re.compile(r"wss://[^\s/]+\S*")

Check = Callable[[object], str | None]
"""What is wrong with a value, or None."""


class Field(NamedTuple):
    check: Check
    required: bool = False


class Action(NamedTuple):
    """`fields` as the document has them."""

    name: str
    fields: dict[str, object]


class DocumentError(Exception):
    """`faults` says all that is wrong with a document, each with its place: `actions[1].say.text: …`."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_document(raw: bytes) -> tuple[Action, ...]:
    """The actions of a document, in order; raises DocumentError."""
    try:
        document = parse_json(raw)
    except ValueError:
        raise DocumentError(("not JSON",)) from None
    items = document.get("actions") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise DocumentError(('actions: must be an array, as in {"actions":[…]}',))
    if len(items) > ACTIONS_MAX:
        raise DocumentError((f"actions: at most {ACTIONS_MAX} are run here",))
    actions: list[Action] = []
    faults: list[str] = []
    for place, item in enumerate(items):
        action = _notated(item)
        if isinstance(action, Action):
            faults += [f"actions[{place}].{action.name}{fault}" for fault in _faults(action)]
            actions.append(action)
        else:
            faults.append(f"actions[{place}]: {action}")
    if faults:
        raise DocumentError(tuple(faults[:FAULTS_MAX]))
    return tuple(actions)


def _notated(item: object) -> Action | str:
    """From `{"say":{…}}` or `{"type":"say",…}`; else what is wrong."""
    if not isinstance(item, dict):
        return "must be an object"
    name: object
    fields: object
    if "type" in item:
        name, fields = item["type"], {key: value for key, value in item.items() if key != "type"}
    elif len(item) == 1:
        [(name, fields)] = item.items()
    else:
        return 'must be {"NAME":{…}} or {"type":"NAME",…}'
    if not isinstance(name, str) or name not in ACTIONS:
        return f"no such action; there are {', '.join(ACTIONS)}"
    return Action(name, fields) if isinstance(fields, dict) else f"{name} must be an object"


def _faults(action: Action) -> list[str]:
    known = ACTIONS[action.name]
    found = [f".{name}: is required" for name, field in known.items() if field.required and name not in action.fields]
    for name, value in action.fields.items():
        fault = known[name].check(value) if name in known else "no such field"
        if fault:
            found.append(f".{name}: {fault}")
    if action.name in {"transfer", "bridge"} and not action.fields.keys() & {"destination", "to"}:
        found.append(".destination: is required")
    if action.name == "gather" and not found and _least(action.fields) > _most(action.fields):
        found.append(".min_digits: must not be more than max_digits")
    return found


def _least(fields: dict[str, object]) -> int:
    return int(str(fields.get("min_digits", 1)))


def _most(fields: dict[str, object]) -> int:
    return int(str(fields.get("max_digits", fields.get("num_digits", 1))))


def _matches(pattern: re.Pattern[str], says: str) -> Check:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else says


def _one_of(*words: str) -> Check:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def _whole(low: int, high: int) -> Check:
    def check(value: object) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if fits else f"must be a whole number from {low} to {high}"

    return check


def _text(value: object) -> str | None:
    return None if isinstance(value, str) else "must be text"


def _some_text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be text, and not empty"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _destination(value: object) -> str | None:
    fits = isinstance(value, str) and (E164.fullmatch(value) or SIP_URI.fullmatch(value))
    return None if fits else "must be an E.164 number or a SIP URI"


COUNT_OF_DIGITS = Field(_whole(1, 128))
DESTINATION = {
    "destination": Field(_destination),
    "to": Field(_destination),  # one of the provider's examples has to and from instead
    "from": Field(_matches(E164, "must be an E.164 number")),
}
DIRECTION = {"direction": Field(_one_of("read", "write", "both"))}
TRACK = Field(_one_of("inbound", "outbound", "both"))
STREAM_URL = _matches(WSS_URL, "must be a wss URL")

ACTIONS: dict[str, dict[str, Field]] = {
    "say": {"text": Field(_some_text, required=True)},
    "gather": {
        "prompt": Field(_text),
        "num_digits": COUNT_OF_DIGITS,
        "max_digits": COUNT_OF_DIGITS,
        "min_digits": COUNT_OF_DIGITS,
        "timeout_seconds": Field(_whole(1, GATHER_SECONDS_MAX)),
        "finish_on_key": Field(_matches(re.compile(r"[0-9*#A-D]?"), "must be one key, such as #")),
    },
    "send_digits": {
        "digits": Field(_matches(DIGITS, "must be of 0-9*#A-DwW,"), required=True),
        "pause_before_ms": Field(_whole(0, PAUSE_MILLISECONDS_MAX)),
    },
    "redirect": {
        "url": Field(_matches(HTTP_URL, "must be an http or https URL"), required=True),
        "method": Field(_one_of("GET", "POST")),
        "max_redirects": Field(_whole(0, REDIRECTS_MAX)),
    },
    "transfer": DESTINATION,
    "bridge": DESTINATION | {"timeout_seconds": Field(_whole(1, 86_400))},
    "conference": {
        "room": Field(_matches(ROOM, "must be of letters, digits and .-_"), required=True),
        "mute": Field(_flag),
        "end_on_exit": Field(_flag),
    },
    "hold": {},
    "resume": {},
    "mute": DIRECTION,
    "unmute": DIRECTION,
    "start_recording": {},
    "stop_recording": {},
    "start_stream": {"stream_url": Field(STREAM_URL, required=True), "track": TRACK},
    "stop_stream": {"stream_url": Field(STREAM_URL), "track": TRACK},
}
