"""One script as people write it, and walks through scripts."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from domain.script import (
    BEGINNING,
    Document,
    Gather,
    Heard,
    NotHeard,
    Place,
    Redirect,
    Script,
    document,
    documents_max,
    next_step,
    script_of,
)

MENU: Mapping[str, Any] = {
    "start": "greeting",
    "on_missing_variable": "anonymous",
    "safe_text": "Goodbye.",
    "defaults": {"day": "soon"},
    "steps": {
        "greeting": {
            "actions": [{"say": "Hello {name}, your parcel comes {day}."}, {"start_recording": {}}],
            "next": "menu",
        },
        "anonymous": {"actions": [{"say": "Hello, your parcel comes {day}."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": "Press 1 to confirm, 2 for an agent.", "timeout_seconds": 7, "finish_on_key": "#"},
            "on": {"1": "confirmed", "2": "agent"},
            "no_input": "goodbye",
            "invalid": "menu",
            "tries_max": 3,
        },
        "confirmed": {"actions": [{"say": "Thank you."}], "next": "goodbye"},
        "agent": {"transfer": {"destination": "+15551230009"}, "otherwise": "goodbye"},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}


def menu(**changes: Any) -> Script:
    """The script above; what is given instead of a part of it takes its place."""
    return script_of({**MENU, **changes})


def with_step(name: str, step: Mapping[str, Any]) -> Script:
    """The script above with another step of that name."""
    return menu(steps={**MENU["steps"], name: step})


class Walked(Struct, frozen=True):
    """A walk to its end: what each request was answered with, and from where it came."""

    documents: tuple[Document, ...]
    places: tuple[Place, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """All steps on the way."""
        return tuple(step for document in self.documents for step in document.steps)


def walk(script: Script, variables: Mapping[str, str], caller: Iterable[Heard]) -> Walked:
    """Let a caller walk; every handing over fails. More documents than a call may have are an error."""
    answers = iter(caller)
    place, step = BEGINNING, script.start
    documents: list[Document] = []
    places: list[Place] = []
    for _ in range(documents_max(script)):
        told = document(script, step, place, variables)
        documents.append(told)
        places.append(place)
        last = told.actions[-1]
        if not isinstance(last, Redirect):
            return Walked(tuple(documents), tuple(places))
        place = last.place
        asks = isinstance(script.steps[place.step].exit, Gather)
        step = next_step(script, place, next(answers) if asks else NotHeard())
    raise AssertionError(f"the walk goes on after {len(documents)} documents: {documents[-1].steps}")
