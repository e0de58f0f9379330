"""Two calls side by side in words: what happened in both or in one, and what of it was not the same."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.call import read_call
from application.queries.call_story import shown_story
from application.queries.call_timeline import EntryShown, shown_entries
from application.queries.comparison import ComparisonShown, DifferenceShown, PairShown, PlaceShown, compared_calls
from entrypoints.call_wording import SOURCES, event_in_words, field_in_words

KINDS = ("step", "kind", "name")
"""What tells an event from others of its name, and is the same in both calls."""


class Differs(Struct, frozen=True):
    """A field that is not the same, by its name in words."""

    says: str
    field: str
    a: object
    b: object


class ComparedThing(Struct, frozen=True, kw_only=True):
    """The same thing in both calls, or in one; `only` is which: A or B."""

    says: str
    source: str
    a: PlaceShown | None
    b: PlaceShown | None
    only: str | None
    differs: list[Differs]


class SideBySide(Struct, frozen=True, kw_only=True):
    """Both calls; `says` each of them in a sentence."""

    found: ComparisonShown
    says: tuple[str, str]
    state: list[Differs]
    pairs: list[ComparedThing]

    @property
    def only(self) -> Mapping[str, int]:
        """How many things happened in A only, and in B only."""
        return {name: sum(one.only == name for one in self.pairs) for name in ("A", "B")}


def side_by_side(parts: Installation, actor: Actor, a: str, b: str, moment: Moment) -> SideBySide:
    """Both calls as they were known at a moment. Raises `NotFound`."""
    found = compared_calls(parts, actor, a, b, moment)
    reads = [read_call(parts, call_id, moment.position) for call_id in (a, b)]
    entries = [{one.position: one for one in shown_entries(actor, read)} for read in reads]
    told_a, told_b = (shown_story(parts, actor, read).says for read in reads)
    return SideBySide(
        found=found,
        says=(told_a, told_b),
        state=differing(found.state),
        pairs=[_beside(pair, entries) for pair in found.pairs],
    )


def differing(found: Sequence[DifferenceShown]) -> list[Differs]:
    """Each difference once: what a delivery's body says is mostly what we read from it."""
    kept: dict[tuple[str, object, object], Differs] = {}
    for one in found:
        says = field_in_words(one.field) if one.field else "Not shown"
        if one.a == one.b:  # Viewers are told which fields differ, and not how.
            kept.setdefault((says, one.field, None), Differs(says, one.field, None, None))
        else:
            kept.setdefault((says, one.a, one.b), Differs(says, one.field, one.a, one.b))
    return list(kept.values())


def _beside(pair: PairShown, entries: Sequence[Mapping[int, EntryShown]]) -> ComparedThing:
    place, side = (pair.a, entries[0]) if pair.a is not None else (pair.b, entries[1])
    entry = None if place is None else side.get(place.position)
    detail = {} if entry is None else {name: value for name, value in entry.detail.items() if name in KINDS}
    return ComparedThing(
        says=event_in_words(pair.event, detail),
        source="" if entry is None or entry.source == "dialtrail" else SOURCES[entry.source],
        a=pair.a,
        b=pair.b,
        only="A" if pair.b is None else "B" if pair.a is None else None,
        differs=differing(pair.differences),
    )
