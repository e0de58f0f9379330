"""Whose walk through its script is the call's own: whoever can name a call can ask what it says, and so begins another."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.call.events import AnswerServed, FoundBy

Rank = tuple[bool, int, bool]
HOW_WELL: Mapping[FoundBy, int] = {"call_id": 2, "attempt": 1, "numbers": 0}
NOT_FOUND = -1


class Walk(Struct, frozen=True):
    """A walk, and what speaks for it: that a report decided its way, how its call was named, that it came past the beginning.

    `walk_id` is None of all that was told before walks were told apart.
    """

    walk_id: str | None
    is_heard: bool
    found: int
    goes_on: bool

    @property
    def rank(self) -> Rank:
        """How much speaks for it."""
        return (self.is_heard, self.found, self.goes_on)


def stands(known: Walk | None, served: AnswerServed) -> bool:
    """Whether an answer is one of the call's own walk: the first, until more speaks for another."""
    walk = _walk_of(served)
    return is_of(known, served) or (known is not None and walk.rank > known.rank)


def is_of(known: Walk | None, served: AnswerServed) -> bool:
    """Whether an answer belongs to this walk."""
    return known is None or known.walk_id == served.walk


def joined(known: Walk | None, served: AnswerServed) -> Walk:
    """The call's own walk with one more of its answers."""
    walk = _walk_of(served)
    if known is None or not is_of(known, served):
        return walk
    return replace(
        walk,
        is_heard=walk.is_heard or known.is_heard,
        found=max(walk.found, known.found),
        goes_on=walk.goes_on or known.goes_on,
    )


def _walk_of(served: AnswerServed) -> Walk:
    goes_on = served.place is not None
    if served.walk is not None:
        found = NOT_FOUND if served.found_by is None else HOW_WELL[served.found_by]
        return Walk(served.walk, served.heard is True, found, goes_on)
    # What no script was found for is nobody's walk. Of the others it was not kept what spoke for them.
    found = NOT_FOUND if served.why in {"unknown_call", "bad_signature", "failed"} else HOW_WELL["call_id"]
    return Walk(None, goes_on, found, goes_on)
