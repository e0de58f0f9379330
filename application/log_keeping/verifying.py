"""Whether the ledger is the one that was signed: every leaf made again from the stored bytes, and compared."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from adapters.ledger.recorder import Row
from adapters.verifiable_log.growing import GrowingTree, TileContent
from adapters.verifiable_log.store import LogHead, LogStore
from adapters.verifiable_log.tiles import TILE_WIDTH
from adapters.verifiable_log.tree import HASH_BYTES
from application.log_keeping.claims import SignedClaim
from application.log_keeping.differences import WINDOW_LEAVES, Alteration, difference, last_words_among
from application.log_keeping.keeper import ReadRows, before_first, leaf_of, logged

ROWS_A_READ = 4_096
TILES_A_READ = 64


class ComparedClaim(NamedTuple):
    """A checkpoint's claim, whether it holds, and the position of the last event that it is about."""

    claim: SignedClaim
    holds: bool
    position: int


class Walked(Struct):
    """What came of it: how many leaves the ledger makes up to which position, what was compared, and what does not hold."""

    size: int
    position: int
    compared: list[ComparedClaim]
    findings: list[Alteration]


class LedgerWalk:
    """Goes through the ledger once, from a tile's beginning to its end."""

    def __init__(
        self,
        read_rows: ReadRows,
        store: LogStore,
        head: LogHead,
        claims: Sequence[SignedClaim],
        moved: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._read_rows = read_rows
        self._store = store
        self._head = head
        self._claims = sorted(claims, key=lambda claim: claim.size)
        self._moved = moved
        self._tree = GrowingTree()
        self._stored: dict[int, bytes] = {}
        self._other: Alteration | None = None
        self._other_index = 0
        self._position = 0
        self.compared: list[ComparedClaim] = []
        self.findings: list[Alteration] = []

    def walk(self, from_tile: int = 0) -> Walked:
        """All of it, or what follows a tile that is not the first: what is before that is believed to the store."""
        after = before_first(self._read_rows)
        if from_tile:
            begins, _ = self._store.leaves(self._head, from_tile)
            self._tree = self._store.tree(LogHead(self._head.log, self._head.origin, from_tile * TILE_WIDTH, begins))
            after = self._position = begins - 1
        self._compare_claims(0)
        for rows in _tiles_of(self._read_rows, after):
            self._take(rows)
            self._moved(self._tree.size)
        if self._other is None and self._tree.size < self._head.size:
            self._differs(self._tree.size, [])
        return Walked(self._tree.size, self._position, self.compared, self._judged())

    def _take(self, rows: Sequence[Row]) -> None:
        self.findings += last_words_among(rows)
        begin, leaves = self._tree.size, [leaf_of(row) for row in rows]
        if self._other is None:
            self._compare(begin, rows, leaves)
        taken = 0
        while taken < len(rows):
            upto = next((claim.size - begin for claim in self._claims if claim.size > begin + taken), len(rows))
            upto = min(upto, len(rows))
            grown = self._tree.extend(leaves[taken:upto])
            if self._other is None:
                self._compare_above(grown)
            self._position, taken = rows[upto - 1][0], upto
            self._compare_claims(self._tree.size)

    def _compare(self, begin: int, rows: Sequence[Row], leaves: Sequence[bytes]) -> None:
        stored, known = self._stored_tile(begin // TILE_WIDTH), b"".join(leaves)
        if len(stored) != HASH_BYTES * min(TILE_WIDTH, max(0, self._head.size - begin)):
            self._found_in_store("the log's store lacks hashes that it has to have")
        if known.startswith(stored):
            return
        for at, leaf in enumerate(_hashes_in(stored)):
            if at == len(leaves) or leaf != leaves[at]:
                self._position = rows[at - 1][0] if at else self._position
                self._differs(begin + at, rows[at:])
                return

    def _differs(self, index: int, rows: Sequence[Row]) -> None:
        """What that is; rows and leaves of the tiles that follow say where an event has gone."""
        before = self._position
        number, place = divmod(index, TILE_WIDTH)
        stored = b"".join(self._stored_tile(number + more) for more in range(WINDOW_LEAVES // TILE_WIDTH + 1))
        leaves = _hashes_in(stored)[place:][:WINDOW_LEAVES]
        rows = logged(self._read_rows(rows[0][0] - 1, WINDOW_LEAVES)) if rows else []
        self._other_index = index
        self._other = difference(before, rows, leaves)

    def _compare_above(self, grown: Sequence[TileContent]) -> None:
        for one in grown:
            if one.level == 0 or len(one.hashes) != TILE_WIDTH * HASH_BYTES:
                continue
            [(number, hashes)] = self._store.tiles(self._head, one.level, one.number, 1) or [(-1, b"")]
            if self._tree.size <= self._head.size and (number, hashes) != (one.number, one.hashes):
                self._found_in_store(f"the log's store has other hashes of level {one.level} than its leaves make")

    def _stored_tile(self, number: int) -> bytes:
        if number not in self._stored:
            found = self._store.tiles(self._head, 0, number, TILES_A_READ)
            self._stored = {**dict.fromkeys(range(number, number + TILES_A_READ), b""), **dict(found)}
        return self._stored[number][: HASH_BYTES * max(0, self._head.size - number * TILE_WIDTH)]

    def _compare_claims(self, size: int) -> None:
        while self._claims and self._claims[0].size <= size:
            claim = self._claims.pop(0)
            if claim.size == size:
                holds = claim.root == self._tree.root()
            else:  # before the tile that this began with: by the store's hashes alone
                holds = claim.root == self._store.tree(LogHead(self._head.log, self._head.origin, claim.size, 0)).root()
            self.compared.append(ComparedClaim(claim, holds, self._position))

    def _found_in_store(self, why: str) -> None:
        if not any(one.kind == "store" for one in self.findings):
            self.findings.append(Alteration(kind="store", position=self._position, why=why))

    def _judged(self) -> list[Alteration]:
        """The first that does not hold comes first."""
        good = [one for one in self.compared if one.holds]
        bad = [one for one in self.compared if not one.holds]
        other, signed = self._other, max((one.claim.size for one in good), default=0)
        at = None if other is None else other.position
        found = [one for one in self.findings if one.kind != "inserted" or one.position != at]
        if other is not None and signed > self._other_index:
            self._found_in_store(
                f"the log's store has another hash than the event at position {other.position}, and a signed checkpoint after it "
                "fits the ledger: not the ledger was altered, but the store"
            )
            found, other = list(self.findings), None
        if other is not None:
            found.insert(0, other)
        for one in bad:
            begins = max((before.position for before in good if before.claim.size < one.claim.size), default=0)
            found.append(
                Alteration(
                    kind="forked",
                    position=begins + 1,
                    until=one.position,
                    why=f"{one.claim.name} was signed over other {one.claim.size} events than the ledger begins with: "
                    f"one between position {begins + 1} and {one.position} is not what it was",
                )
            )
        found += [
            Alteration(
                kind="cut_tail",
                position=self._position + 1,
                why=f"{claim.name} was signed over {claim.size} events, and the ledger has {self._tree.size}: its end is missing",
            )
            for claim in self._claims
        ]
        return found


def _hashes_in(row: bytes) -> list[bytes]:
    return [row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES)]


def _tiles_of(read_rows: ReadRows, after: int) -> Iterator[list[Row]]:
    """The rows that the log has, as many at a time as a tile has leaves."""
    waiting: list[Row] = []
    while rows := read_rows(after, ROWS_A_READ):
        after = rows[-1][0]
        waiting += rows
        known = len(logged(waiting))  # what may be the last word waits for what comes after it
        whole = known - known % TILE_WIDTH
        for at in range(0, whole, TILE_WIDTH):
            yield waiting[at : at + TILE_WIDTH]
        del waiting[:whole]
    if rest := logged(waiting):
        yield rest
