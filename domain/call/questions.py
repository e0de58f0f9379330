"""What a call was asked where a digit wishes a callback: joined, so that the order in which it is learned does not matter."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.call.events import AnswerServed

Numbered = tuple[str, int]
"""A walk, and which of its questions, the first being 1."""


class AskedQuestion(Struct, frozen=True):
    """One question, when it was asked first (our clock), and the seconds after which its digits wish a call."""

    at: datetime
    callbacks: Mapping[str, int]


class Questions(Struct, frozen=True):
    """All questions of a call, of every walk, and those of which a report of the keys decided what came next."""

    asked: Mapping[Numbered, AskedQuestion] = {}
    heard: frozenset[Numbered] = frozenset()

    def joined(self, served: AnswerServed, at: datetime) -> "Questions":
        """With one more answer, told `at`; itself where that was kept of none."""
        before, walk = served.questions_before, walk_name(served.walk)
        if before is None:
            return self
        asked, heard = self.asked, self.heard
        if served.heard:
            heard = heard | {(walk, before)}
        if served.callbacks is not None:
            place = (walk, before + 1)
            known = asked.get(place)
            first = at if known is None else min(known.at, at)
            asked = {**asked, place: AskedQuestion(first, served.callbacks)}
        return replace(self, asked=asked, heard=heard)

    def of(self, walk_id: str | None) -> list[tuple[AskedQuestion | None, bool]]:
        """A walk's questions in their order, None where one is not known, and whether a report of the keys is sure to be one's."""
        walk = walk_name(walk_id)
        last = max((number for name, number in self.asked if name == walk), default=0)
        return [(self.asked.get((walk, number)), (walk, number) in self.heard) for number in range(1, last + 1)]


def walk_name(walk_id: str | None) -> str:
    """A walk's id; walks were not always told apart."""
    return walk_id or ""
