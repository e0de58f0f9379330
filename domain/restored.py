"""Is this the ledger that was dialled on last, where it was then? A copy, a clone or an earlier moment of it is not.

Two things are known of it from outside of the present moment: the place that stands in its own database, which goes along
with every copy; and high-water marks, files beside, which name an event that it had, and do not go back with it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from domain.ledger_life import LedgerRestored

TIMELINE = "timeline"
TAKEN = "taken"
"""Names the mark of whoever began to dial last: an earlier one knows nothing of what came after it."""
SERVER = "system"
OF_ONE_BOOT = frozenset({"boot", "device"})
"""Disks may be numbered otherwise after a boot, so that within one alone the number tells one from another."""

BORN = "born"
"""When a file was made; not every file system says it, and an earlier version did not ask."""

Where = Mapping[str, str | int]


class HighWaterSeen(Struct, frozen=True):
    """An event that the ledger had, by a mark of this ledger; whether it has it now. `taken` names the mark."""

    position: int
    event_id: str
    is_there: bool
    taken: str = ""


def restored(
    known: Where | None, here: Where, marks: Sequence[HighWaterSeen], *, is_copied: bool = False
) -> LedgerRestored | None:
    """What is otherwise than when somebody last began to dial; None where nothing is, or nobody has since that is written down.

    `known` is the place of that time, None where none is on record: as in a new ledger, and in one of an earlier version.
    """
    missing = next((mark for mark in marks if not mark.is_there), None)
    if missing is not None:
        return LedgerRestored(
            why="events_missing",
            missing_position=missing.position,
            missing_event_id=missing.event_id,
            was=None if known is None else _without_mark(known),
            now=here or None,
        )
    if known is None:
        return LedgerRestored(why="copied", now=here or None) if is_copied else None
    taken, known = known.get(TAKEN, ""), _without_mark(known)
    if not _is_same(known, here, is_followed=any(mark.taken == taken for mark in marks)):
        return LedgerRestored(why="elsewhere", was=known, now=here)
    # On a server others dial, too, each with marks of its own: whoever joins them has none.
    if not marks and here and SERVER not in here:
        return LedgerRestored(why="mark_missing", was=known, now=here)
    return None


def _without_mark(known: Where) -> Where:
    return {name: value for name, value in known.items() if name != TAKEN}


def _is_same(known: Where, here: Where, *, is_followed: bool) -> bool:
    """Whether it is one place. A standby that was promoted is, where the last one's mark says that it lacks nothing."""
    if not here or not known:  # the database did not say, now or then
        return True
    ignored = set() if known.get("boot") == here.get("boot") else set(OF_ONE_BOOT)
    if is_followed:
        ignored.add(TIMELINE)
    if BORN not in known or BORN not in here:
        ignored.add(BORN)
    names = (known.keys() | here.keys()) - ignored - {"boot"}
    return all(known.get(name) == here.get(name) for name in names)
