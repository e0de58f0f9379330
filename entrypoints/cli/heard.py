"""What a caller heard and pressed: each text that the call was told to say, in the ledger's order."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from entrypoints.cli.api import Json

TEXT_OF = {"say": "text", "gather": "prompt"}
NO_KEY = "(no key was pressed)"


def heard_in(entries: Iterable[Json], bodies: Mapping[int, Json]) -> list[str]:
    """From the entries of a call's timeline, and the events by their positions. What was told on another walk was not heard.

    MiniVoice's times are whole seconds, within which a key would seem to be pressed before it was asked for.
    """
    own = sorted((one for one in entries if "other_walk" not in one["notes"]), key=lambda one: int(one["position"]))
    return [line for one in own for line in _heard(one["event"], bodies.get(one["position"]) or {})]


def _heard(name: str, body: Json) -> Iterator[str]:
    if name == "answer.served" and not body.get("again"):
        for action in _actions(body.get("actions")):
            yield from _said(action)
    elif name == "call.gathered":
        yield f"(pressed {body['digits']})" if body.get("digits") else NO_KEY


def _actions(document: Any) -> list[Any]:
    try:
        found = orjson.loads(document)["actions"]
    except (ValueError, TypeError, KeyError):
        return []
    return found if isinstance(found, list) else []


def _said(action: Any) -> Iterator[str]:
    """An action in either of MiniVoice's notations; where a call goes on to says nothing by itself."""
    if not isinstance(action, dict):
        return
    for kind, fields in action.items() if "type" not in action else [(action["type"], action)]:
        if kind == "redirect" or not isinstance(fields, dict):
            continue
        text = fields.get(TEXT_OF.get(str(kind), ""))
        if isinstance(text, str):
            yield text
        elif kind not in TEXT_OF:
            yield f"({str(kind).replace('_', ' ')})"
