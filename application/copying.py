"""A ledger is copied to another place, event by event, and closed here at the end.

Whatever is on disk at the other place says how far it has come: broken off at any point, it goes on from there. The
positions, and with them the gaps, are kept; the one of `ledger.closed`, which is in no copy, is a gap there.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger.moved import COPIED, COPYING
from adapters.ledger.own_rows import own_object
from adapters.ledger.pseudonym_key import CHECK
from adapters.ledger.recorder import Row
from adapters.ledger.sealing import SEALED, SEALED_BY_COPY
from adapters.ledger.side import OF_ONE_PLACE, Side
from domain.errors import Conflict, LedgerUnusable
from domain.ledger_life import LedgerClosed

ROWS_A_BATCH = 500
BEFORE_ALL = -1
"""At 0 a sealed copy has what it was copied from; everything else comes after it."""

_AGAIN = "empty it, or name another one"

Moved = Callable[[str, int], None]
Carry = Callable[[], object]
"""Have beside the copy what lies beside the source, in place of what was there."""
Close = Callable[[str, int], int | None]
"""Close the source, for the copy with that id, if nothing was recorded after that position; the position of that, or None."""


class Sealer(Protocol):
    """Has the copy of a ledger that is not sealed be a sealed one."""

    def stored(self, row: Row) -> Row:
        """As the copy has it. Raises `LedgerUnusable`."""

    def is_same(self, ours: Row, theirs: Row) -> bool:
        """Whether the copy's row says what the ledger's does; asked of each pair once, in order."""

    def first(self, copy_id: str, last_position: int) -> Row:
        """What stands before all in the copy, once all were compared."""


class Copied(Struct, frozen=True, kw_only=True):
    """What is at the other place now: its events, and up to which position. `was_there` where it was complete before."""

    events: int
    last_position: int
    was_there: bool = False


class _Copy(Struct, frozen=True):
    """What stands in the target until it is complete, and in another form from then on.

    `closed_position` is that of the source's `ledger.closed`, once it is closed; not known in a copy of an earlier version.
    """

    copy_id: str
    key_check: str
    closed_position: int | None = None
    is_sealed: bool = False


def copy_ledger(
    source: Side,
    target: Side,
    closed: LedgerClosed | None,
    close: Close,
    new_id: Callable[[], str],
    moved: Moved,
    carry: Carry = lambda: None,
    *,
    is_lost: bool = False,
    sealer: Sealer | None = None,
) -> Copied:
    """Copy all, compare all, close the source, and let the target be used. `closed` is the source's last event, if it is that.

    Raises `Conflict` where the target is something else than a copy of this ledger that was broken off; `LedgerUnusable`
    where what is there is not what is here. `moved` is told what is done and up to which position.
    Where `is_lost`, what the source was copied to is gone, and it is copied again although it is closed.
    With a `sealer` the copy is a sealed one: what it says is compared, and not its bytes.
    `carry` is called before the source is closed, so that what fails in it closes nothing; and once it is, as others may
    change what lies beside it until then.
    """
    meta = source.meta()
    found = target.meta()
    done = _copy_in(found, COPIED)
    if closed is not None and done is not None and (done.copy_id == closed.copy_id or (is_lost and _is_of(done, meta))):
        _same_form(done, "complete", is_sealed=sealer is not None)
        return Copied(events=_count(target, moved), last_position=closed.last_position, was_there=True)
    copy = _begin(meta, target, found, None if is_lost else closed, new_id, is_sealed=sealer is not None)
    checked, events, is_closed = BEFORE_ALL if sealer is None else 0, 0, False
    while not is_closed:
        end = source.last() if closed is None else closed.last_position
        _copy_rows(source, target, end, moved, sealer)
        events += _compare(source, target, checked, end, moved, sealer)
        checked = end
        if closed is None:
            carry()
        is_closed = closed is not None or close(copy.copy_id, end) is not None
    carry()
    _finish(target, replace(copy, closed_position=source.last()), _kept(meta), checked, sealer)
    return Copied(events=events, last_position=checked)


def _finish(target: Side, copy: _Copy, settings: dict[str, str], last_copied: int, sealer: Sealer | None) -> None:
    if sealer is not None:
        settings[SEALED] = SEALED_BY_COPY
        if not _up_to(target.rows(BEFORE_ALL, 1), 0):
            target.put([sealer.first(copy.copy_id, last_copied)])
    target.finish(copy.closed_position or 0, {**settings, COPIED: msgspec.json.encode(copy).decode()})


def _begin(
    meta: Mapping[str, str],
    target: Side,
    found: Mapping[str, str],
    closed: LedgerClosed | None,
    new_id: Callable[[], str],
    *,
    is_sealed: bool,
) -> _Copy:
    """The copy that goes on, or a new one."""
    under_way = _copy_in(found, COPYING)
    if closed is not None and (under_way is None or under_way.copy_id != closed.copy_id):
        raise Conflict(
            f"this ledger was closed when it was copied to {closed.copied_to}: go on there; where that is lost for good, copy "
            "again with --again"
        )
    if under_way is not None:
        if not _is_of(under_way, meta):
            raise Conflict(f"another ledger is being copied there: finish that, {_AGAIN}")
        _same_form(under_way, "begun", is_sealed=is_sealed)
        return under_way
    if target.last():
        raise Conflict(f"there is a ledger with events already: {_AGAIN}")
    copy = _Copy(new_id(), meta[CHECK], is_sealed=is_sealed)
    target.begin({**_kept(meta), COPYING: msgspec.json.encode(copy).decode()})
    return copy


def _same_form(copy: _Copy, how_far: str, *, is_sealed: bool) -> None:
    if copy.is_sealed != is_sealed:
        how = "with --seal" if copy.is_sealed else "without --seal"
        raise Conflict(f"this copy was {how_far} {how}: give the command {how}, {_AGAIN}")


def _is_of(copy: _Copy, meta: Mapping[str, str]) -> bool:
    """Whether it is a copy of the ledger with these settings."""
    return copy.key_check == meta[CHECK]


def _kept(meta: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in meta.items() if name not in OF_ONE_PLACE}


def _copy_in(meta: Mapping[str, str], name: str) -> _Copy | None:
    return own_object(name, meta[name], _Copy) if name in meta else None


def _copy_rows(source: Side, target: Side, end: int, moved: Moved, sealer: Sealer | None) -> None:
    after = target.last() or (0 if sealer is not None or target.rows(BEFORE_ALL, 1) else BEFORE_ALL)
    while rows := _up_to(source.rows(after, ROWS_A_BATCH), end):
        target.put(rows if sealer is None else [sealer.stored(row) for row in rows])
        after = rows[-1][0]
        moved("copied", after)


def _compare(source: Side, target: Side, after: int, end: int, moved: Moved, sealer: Sealer | None) -> int:
    """How many events after a position are the same on both sides, byte for byte, or by what they say. Raises `LedgerUnusable`."""
    is_same = _is_equal if sealer is None else sealer.is_same
    count = 0
    while True:
        ours, theirs = _up_to(source.rows(after, ROWS_A_BATCH), end), target.rows(after, ROWS_A_BATCH)
        if (other := _first_difference(ours, theirs, is_same)) is not None:
            raise LedgerUnusable(
                f"the copy differs from the ledger at position {other}; nothing was closed by this. "
                f"Somebody else wrote into it: {_AGAIN}, and copy again"
            )
        if not ours:
            return count
        count, after = count + len(ours), ours[-1][0]
        moved("compared", after)


def _up_to(rows: list[Row], end: int) -> list[Row]:
    return rows if not rows or rows[-1][0] <= end else [row for row in rows if row[0] <= end]


def _is_equal(ours: Row, theirs: Row) -> bool:
    return ours == theirs


def _first_difference(ours: list[Row], theirs: list[Row], is_same: Callable[[Row, Row], bool]) -> int | None:
    for one, other in zip(ours, theirs, strict=False):
        if not is_same(one, other):
            return min(one[0], other[0])
    if len(ours) == len(theirs):
        return None
    longer = ours if len(ours) > len(theirs) else theirs
    return longer[min(len(ours), len(theirs))][0]


def _count(side: Side, moved: Moved) -> int:
    count, after = 0, BEFORE_ALL
    while rows := side.rows(after, ROWS_A_BATCH):
        count, after = count + len(rows), rows[-1][0]
        moved("counted", after)
    return count
