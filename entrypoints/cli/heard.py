"""What a caller heard and pressed: each text that the call was told to say, in the ledger's order."""

from collections.abc import Iterable, Iterator, Mapping

from adapters.minivoice_spoken import spoken_in
from entrypoints.cli.api import Json

NO_KEY = "(no key was pressed)"


def heard_in(entries: Iterable[Json], bodies: Mapping[int, Json]) -> list[str]:
    """From the entries of a call's timeline, and the events by their positions. What was told on another walk was not heard.

    MiniVoice's times are whole seconds, within which a key would seem to be pressed before it was asked for.
    """
    own = sorted((one for one in entries if "other_walk" not in one["notes"]), key=lambda one: int(one["position"]))
    return [line for one in own for line in _heard(one["event"], bodies.get(one["position"]) or {})]


def _heard(name: str, body: Json) -> Iterator[str]:
    if name == "answer.served" and not body.get("again"):
        for one in spoken_in(str(body.get("actions"))):
            yield one.text if one.text is not None else f"({one.action.replace('_', ' ')})"
    elif name == "call.gathered":
        yield f"(pressed {body['digits']})" if body.get("digits") else NO_KEY
