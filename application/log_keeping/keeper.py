"""Keeps the log: takes in what the ledger has, in batches, and notices where the ledger is not the one it was."""

from collections.abc import Callable, Sequence

from adapters.ledger.recorder import Row
from adapters.ledger.sealed_copy import SEALED_POSITION
from adapters.verifiable_log.growing import GrowingTree
from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.store import LogHead, LogStore
from adapters.verifiable_log.tiles import TILE_WIDTH
from adapters.verifiable_log.tree import HASH_BYTES, leaf_hash
from domain.errors import Conflict
from domain.identity import LEDGER_STREAM, SEALED_STREAM
from domain.ledger_life import LedgerClosed, LedgerSealed

ROWS_A_BATCH = 1_024

ReadRows = Callable[[int, int], list[Row]]
"""Rows as stored, in the ledger's order: after a position, at most so many."""


class LogKeeper:
    """Used by one thread. `head` is how far the log is known to be, `fork` why it cannot go on, until the ledger is right again.

    `stood_back` says whether another process went on with it meanwhile.
    """

    def __init__(self, read_rows: ReadRows, store: LogStore, origin: str, rows_a_batch: int = ROWS_A_BATCH) -> None:
        self._read_rows = read_rows
        self._store = store
        self._origin = origin
        self._rows_a_batch = rows_a_batch
        self._tree = GrowingTree()
        self._last_leaf = b""
        self._tile_begins: int | None = None
        self.head: LogHead | None = None
        self.fork: str | None = None
        self.stood_back = False

    def step(self) -> bool:
        """Take in the next batch; whether there may be more. Raises `DialtrailError` where something cannot be read or written."""
        head = self.head or self._go_on()
        after = head.position - 1 if head.size else before_first(self._read_rows)
        rows = self._read_rows(after, self._rows_a_batch + 1)
        if head.size:
            if not rows or rows[0][0] != head.position or leaf_of(rows[0]) != self._last_leaf:
                self.fork = self._said(head)
                return False
            del rows[0]
        self.fork = None
        is_whole = len(rows) >= self._rows_a_batch
        rows = logged(rows)
        if rows:
            self._take(head, rows)
        return is_whole and not self.stood_back

    def _take(self, head: LogHead, rows: Sequence[Row]) -> None:
        tree, leaves = self._tree, [leaf_of(row) for row in rows]
        tiles = tree.extend(leaves)
        begins = {head.size // TILE_WIDTH: rows[0][0] if self._tile_begins is None else self._tile_begins}
        begins |= {
            (head.size + at) // TILE_WIDTH: rows[at][0] for at in range(-head.size % TILE_WIDTH, len(rows), TILE_WIDTH)
        }
        now = LogHead(head.log, head.origin, tree.size, rows[-1][0])
        self.head = None  # unless what follows succeeds
        try:
            self._store.write(head, now, tiles, begins)
        except Conflict:
            self.stood_back = True
            return
        self.stood_back = False
        self._last_leaf = leaves[-1]
        self._tile_begins = begins[now.size // TILE_WIDTH] if now.size % TILE_WIDTH else None
        self.head = now

    def _go_on(self) -> LogHead:
        head = self._store.begin(self._origin)
        self._tree = self._store.tree(head)
        if head.size:
            begins, hashes = self._store.leaves(head, (head.size - 1) // TILE_WIDTH)
            self._last_leaf = hashes[-HASH_BYTES:]
            self._tile_begins = begins if head.size % TILE_WIDTH else None
        else:
            self._tile_begins = None
        self.head = head
        return head

    def _said(self, head: LogHead) -> str:
        position = where_it_parted(self._read_rows, self._store, head)
        return (
            f"the ledger is not the one that the log {head.origin} is about: at position {position} it differs from what was "
            "stored there, as after a restored backup. Nothing is signed; look closer with `dialtrail verify`. Put the right "
            "ledger back, or begin a new log beside the old one: set DIALTRAIL_LOG_ORIGIN to a new name and start again"
        )


def leaf_of(row: Row) -> bytes:
    """What stands in the log for an event, as it is stored."""
    return leaf_hash(entry(*row))


def before_first(read_rows: ReadRows) -> int:
    """The position after which the log begins: positions do at 1, but a sealed copy has at 0 what it was copied from."""
    first = read_rows(SEALED_POSITION - 1, 1)
    is_sealed_copy = bool(first) and (first[0][0], first[0][1], first[0][3]) == _SEALED_COPY
    return SEALED_POSITION - 1 if is_sealed_copy else 0


_SEALED_COPY = (SEALED_POSITION, SEALED_STREAM, LedgerSealed.NAME)


def logged(rows: Sequence[Row]) -> list[Row]:
    """Those that the log has: not a `ledger.closed` at the end, the last word of a place that was left.

    The ledger goes on elsewhere without it. Anywhere else, also in another stream, it is none: whoever put it there is to be
    found out.
    """
    return list(rows[:-1] if rows and is_last_word(rows[-1]) else rows)


def is_last_word(row: Row) -> bool:
    """Whether it closes the ledger, if nothing follows it."""
    return (row[1], row[3]) == (LEDGER_STREAM, LedgerClosed.NAME)


def where_it_parted(read_rows: ReadRows, store: LogStore, head: LogHead) -> int:
    """The first position at which a ledger that was put back has not what the log has; looked for by halves."""
    good, bad = -1, (head.size - 1) // TILE_WIDTH
    found = head.position
    while bad - good > 1:
        middle = (good + bad) // 2
        parted = _first_other(read_rows, store, head, middle)
        if parted is None:
            good = middle
        else:
            bad, found = middle, parted
    return _first_other(read_rows, store, head, bad) or found


def _first_other(read_rows: ReadRows, store: LogStore, head: LogHead, number: int) -> int | None:
    """In one tile of leaves, the position of the first event that is missing or another one; None where all are there."""
    begins, hashes = store.leaves(head, number)
    leaves = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    rows = logged(read_rows(begins - 1, len(leaves)))
    for at, leaf in enumerate(leaves):
        if at == len(rows):
            return rows[-1][0] + 1 if rows else begins
        if leaf_of(rows[at]) != leaf:
            return begins if at == 0 else min(rows[at][0], rows[at - 1][0] + 1)
    return None
