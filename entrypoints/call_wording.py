"""What happened to a call, in words: the names of its events, and of what differs between two calls."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.counted import counted

Json = Mapping[str, Any]

EVENTS: Mapping[str, str] = {
    "call.created": "Call placed",
    "call.claimed": "Matched to its attempt",
    "call.came_in": "Rang back",
    "call.answered": "Answered",
    "call.gathered": "Keys pressed",
    "call.completed": "Ended",
    "call.failed": "Ended as failed",
    "call.canceled": "Ended as canceled",
    "call.reported": "Reported",
    "call.redelivered": "Delivered again",
    "call.observed": "MiniVoice was asked, and had nothing new",
    "answer.served": "Told what to do next",
    "recording.requested": "Recording asked for",
    "recording.started": "Recording began",
    "recording.completed": "Recording is ready",
    "recording.failed": "Recording failed",
    "insight.fetched": "AI result",
}
"""Every event of a call's stream."""

SOURCES: Mapping[str, str] = {"webhook": "by webhook", "api": "by MiniVoice's answer", "dialtrail": "by ourselves"}
CLAIMS: Mapping[str, str] = {
    "response": "by MiniVoice's answer",
    "metadata": "by the id that we sent along",
    "inferred": "by numbers and time",
    "person": "by a person",
}
CALLERS: Mapping[str, str] = {
    "round": "it had rested longest of the pool",
    "country": "of those in the person's country it had rested longest",
    "area": "of those with the person's area code it had rested longest",
    "sticky": "it had called this person before",
}
"""Why a number of a campaign's pool was chosen."""
STATE_FIELDS: Mapping[str, str] = {
    "phase": "Where it stands",
    "outcome": "How it ended, by MiniVoice",
    "reached": "Answered",
    "step": "Last step",
    "contested": "Contested",
    "talk_seconds": "Talk",
    "digits": "Keys pressed",
    "campaign_id": "Campaign",
}
FIELDS: Mapping[str, str] = {
    **STATE_FIELDS,
    "status": "Status",
    "text": "What is said",
    "prompt": "What is asked",
    "from": "From",
    "from_number": "From",
    "to": "To",
    "to_number": "To",
    "why": "Why",
    "how": "How",
    "timed_out": "Nothing pressed in time",
    "duration": "Duration",
    "version": "Version of the script",
}
SHORT_MAX = 12
_UNTOLD = frozenset({"digest", "direction", "attempt_id", "step", "kind", "digits", "timed_out", "name", "how"})
_ENDS = frozenset({"call.completed", "call.failed", "call.canceled"})


def event_in_words(event: str, detail: Json) -> str:
    """An event's name in words, with the one thing that tells it from others of its kind; an unknown name as it is."""
    said = EVENTS.get(event, event)
    match event:
        case "call.gathered":
            return _gathered(said, detail)
        case "call.reported" if name := detail.get("name"):
            return f"{said}: {name}"
        case "insight.fetched" if kind := detail.get("kind"):
            return f"{said}: {_words(kind)}"
        case "answer.served" if step := detail.get("step"):
            return f"{said}: step {step}"
        case "call.claimed" if how := detail.get("how"):
            return f"{said} {CLAIMS.get(str(how), how)}"
        case _ if event in _ENDS and (status := detail.get("status")) and status not in {"completed", "failed"}:
            return f"{said}: {_words(status)}"
        case _:
            return said


def more_in_words(detail: Json) -> str:
    """What else an event says: `asked 2 times, code rate_not_found`; empty where that is nothing."""
    return ", ".join(_more(detail))


def field_in_words(path: str) -> str:
    """The name of a field that differs: `Status`, `What is said`; one without words of its own by its name."""
    name = path.rpartition(".")[2]
    return FIELDS.get(name) or _words(name.partition("[")[0]).capitalize()


def result_in_short(data: Any) -> list[tuple[str, str]]:
    """What of an AI result is text or a number, by its name; of a list what its members are called. MiniVoice documents no form."""
    if isinstance(data, str | int | float) and not isinstance(data, bool):
        return [("", str(data))]
    if isinstance(data, list):
        named = [_called(one) for one in data[:SHORT_MAX]]
        return [("", ", ".join(one for one in named if one))] if any(named) else []
    if isinstance(data, dict):
        plain = ((str(name), value) for name, value in data.items() if isinstance(value, str | int | float))
        return [(name, str(value)) for name, value in plain if value != "" and not isinstance(value, bool)][:SHORT_MAX]
    return []


def _called(one: Any) -> str:
    if isinstance(one, dict):
        return next((value for value in one.values() if isinstance(value, str) and value), "")
    return one if isinstance(one, str) else ""


def _gathered(said: str, detail: Json) -> str:
    digits = str(detail.get("digits") or "").strip()
    if digits:
        return f"{said}: {digits}"
    return "No key was pressed" if detail.get("timed_out") else said


def _more(detail: Json) -> Iterator[str]:
    for name, value in detail.items():
        if name == "asked":
            yield f"asked {counted(value, 'time')}"
        elif name == "duration_ms":
            yield f"answered within {value:,.1f} ms"
        elif value is True:
            yield _words(name)
        elif name not in _UNTOLD and value is not False:
            yield f"{_words(name)} {_words(value) if name in {'status', 'result', 'found_by'} else value}"


def _words(name: object) -> str:
    return str(name).replace("_", " ")
