"""What was done to a ledger, by what it has from the first leaf on that is another one than the log's."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger.recorder import Row
from application.log_keeping.keeper import leaf_of
from domain.identity import LEDGER_STREAM
from domain.ledger_life import LedgerClosed

Kind = Literal[
    "changed",
    "missing",
    "inserted",
    "reordered",
    "cut_tail",
    "forked",
    "foreign_key",
    "store",
    "unsigned",
    "own_row",
    "hidden",
]
WINDOW_LEAVES = 512
"""How far is looked for where an event has gone."""


class Alteration(Struct, frozen=True, kw_only=True):
    """What does not hold, in words, and from which position on; `until` where it can only be said to lie up to there."""

    kind: Kind
    position: int
    why: str
    until: int | None = None


def difference(before: int, rows: Sequence[Row], leaves: Sequence[bytes]) -> Alteration:
    """What the first of these rows and the first of these leaves, which are not of each other, say; `before` is the last position that holds.

    Rows and leaves go on from there, at most `WINDOW_LEAVES` of each; there is a leaf.
    """
    if not rows:
        return Alteration(
            kind="cut_tail",
            position=before + 1,
            why=f"the ledger ends after position {before}, and the log has more events",
        )
    first, known = rows[0], {leaf: place for place, leaf in enumerate(leaves)}
    at = known.get(leaf_of(first))
    if at is not None:
        return _missing(before, first[0], at)
    moved = _was_at(first, before, rows, known)
    if moved is not None and moved == (first[0] + 1, 1):
        found = _missing(before, first[0] + 1, 1)
        return replace(found, why=f"{found.why}, and the positions of those after it were changed")
    if moved is not None:
        return Alteration(
            kind="reordered",
            position=first[0],
            why=f"the event at position {first[0]} was stored at position {moved[0]}: events were reordered",
        )
    if len(rows) > 1 and _is_leaf(rows[1:], leaves[0]):
        return Alteration(
            kind="inserted",
            position=first[0],
            why=f"the event at position {first[0]} was inserted: the log has none there",
        )
    return Alteration(
        kind="changed", position=first[0], why=f"the event at position {first[0]} is not the one that was stored there"
    )


def last_words_among(rows: Sequence[Row]) -> list[Alteration]:
    """A `ledger.closed` among events that others follow, or in another stream: Dialtrail writes it last, and where it belongs."""
    return [
        Alteration(
            kind="inserted",
            position=row[0],
            why=f"the event at position {row[0]} was inserted: it is a {LedgerClosed.NAME} "
            + (
                "that others follow, and after it nothing is recorded"
                if row[1] == LEDGER_STREAM
                else "in a stream where Dialtrail writes none"
            ),
        )
        for row in rows
        if row[3] == LedgerClosed.NAME
    ]


def _missing(before: int, found: int, count: int) -> Alteration:
    events = "an event is missing" if count == 1 else f"{count} events are missing"
    return Alteration(
        kind="missing",
        position=before + 1,
        why=f"{events} between position {before} and {found}: the log has more there",
    )


def _was_at(row: Row, before: int, rows: Sequence[Row], known: dict[bytes, int]) -> tuple[int, int] | None:
    """At which position a row was stored, and where its leaf is; None where it is not one of these leaves."""
    for position in range(before + 1, max(rows[-1][0], before + len(known)) + 2):
        at = known.get(leaf_of((position, *row[1:])))
        if at is not None:
            return position, at
    return None


def _is_leaf(rows: Sequence[Row], leaf: bytes) -> bool:
    """Whether one of these is what stands first in the log: as it is, or as it was before all of them were moved on by one."""
    return any(leaf in {leaf_of(row), leaf_of((row[0] - 1, *row[1:]))} for row in rows)
