"""`dialtrail verify`: what the ledger has, beside its log, the checkpoints that are kept, and those that somebody brings."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from adapters.ledger import IndexDamage, LookedThrough
from adapters.verifiable_log.note import VerifierKey
from adapters.verifiable_log.store import LogHead, LogStore
from application.log_keeping.claims import LogCheckpoints, claims_of
from application.log_keeping.differences import Alteration
from application.log_keeping.keeper import ReadRows, before_first, is_last_word
from application.log_keeping.verifying import LedgerWalk

NO_LOG = LogHead(0, "", 0, 0)
UNSIGNED = (
    "no checkpoint holds, so nothing is proven of the events; where `dialtrail up` signed before, its checkpoints are gone: "
    "bring one that lay elsewhere with --checkpoint"
)
MEND = (
    "where nothing else does not hold, `sqlite3 ledger.db REINDEX` mends it while Dialtrail does not run, on a copy first; "
    "then `dialtrail doctor --views`"
)
BELOW_ALL_POSITIONS = -(2**64)


class Verified(Struct, frozen=True, kw_only=True):
    """How many events there are up to which position, of which the last `not_logged` are in no log yet.

    `from_position` is the first whose bytes were looked at. `checkpoints` held, the largest of them over `signed` events, all
    signed by `keys`; `unjudged` are of other keys. `findings` is what does not hold, the first position first.
    `closed_at` is the position of `ledger.closed`, the last word of a ledger that was copied away, which is in no log.
    """

    origin: str
    events: int
    position: int
    from_position: int
    not_logged: int
    checkpoints: int
    signed: int
    unjudged: int
    keys: list[str]
    findings: list[Alteration]
    closed_at: int | None = None

    @property
    def holds(self) -> bool:
        """Whether all of it is as it was."""
        return not self.findings


def verify(
    read_rows: ReadRows,
    store: LogStore,
    *,
    given: Sequence[tuple[str, bytes]] = (),
    published: Sequence[tuple[str, bytes]] = (),
    keys: Sequence[VerifierKey] = (),
    damaged_rows: Sequence[str] = (),
    since_position: int = 0,
    indexes: Iterable[LookedThrough] = (),
    moved: Callable[[int], None] = lambda _: None,
) -> Verified:
    """Look at all events, or at those since a position. `given` are checkpoints, each with a name for people.

    `published` is what lies where checkpoints go, which may be of another log. Events of which no checkpoint holds do not.
    `damaged_rows` are of rows beside the events, and `indexes` looks whether streams are read whole, where the ledger is a
    file. Without `keys` it believes those that the store names: who can alter that can name others. Raises `InvalidInput`
    for something given that is no checkpoint, `LedgerUnusable` and `LedgerUnavailable`.
    """
    heads = store.heads() or [NO_LOG]
    head, known = heads[-1], list(keys) or [VerifierKey.parse(text) for text in store.signing_keys()]
    logs = [LogCheckpoints(one.origin, store.checkpoints(one.log)) for one in heads]
    judged = claims_of(logs, given, published, known, trusts_store=not keys)
    from_tile = store.tile_with(head, since_position) if since_position > 0 else 0
    walked = LedgerWalk(read_rows, store, head, judged.claims, moved).walk(from_tile)
    good = [one.claim.size for one in walked.compared if one.holds]
    findings = [*_below(read_rows), *walked.findings, *judged.findings]
    return Verified(
        origin=head.origin,
        events=walked.size,
        position=walked.position,
        from_position=store.leaves(head, from_tile)[0] if from_tile else 1,
        not_logged=max(0, walked.size - head.size),
        checkpoints=len(good),
        signed=max(good, default=0),
        unjudged=judged.unjudged,
        keys=[key.text for key in known],
        findings=[*_damaged(damaged_rows), *(findings or _unsigned(walked.size, good)), *_hidden(indexes)],
        closed_at=_closed_at(read_rows, walked.position),
    )


def _unsigned(events: int, good: Sequence[int]) -> list[Alteration]:
    """Where there are events, and no checkpoint holds."""
    return [Alteration(kind="unsigned", position=1, why=UNSIGNED)] if events and not good else []


def _damaged(rows: Sequence[str]) -> list[Alteration]:
    return [Alteration(kind="own_row", position=0, why=why) for why in rows]


def _closed_at(read_rows: ReadRows, position: int) -> int | None:
    """Where the ledger was closed, after the last event that a log has."""
    return next((row[0] for row in read_rows(position, 1) if is_last_word(row)), None)


def _hidden(indexes: Iterable[LookedThrough]) -> list[Alteration]:
    """What the rows have, and who reads a stream is not told of. Nothing else that is looked at here is read by an index."""
    try:
        for _ in indexes:
            pass
    except IndexDamage as damage:
        why = (
            f"an index of ledger.db is damaged, and not all that is stored is found in its stream: {damage.why}; {MEND}"
        )
        return [Alteration(kind="hidden", position=damage.position or 1, why=why)]
    return []


def _below(read_rows: ReadRows) -> list[Alteration]:
    """Positions begin at 1, the log too; the database keeps lower ones, and whoever reads a stream is told of them."""
    lowest = next((row[0] for row in read_rows(BELOW_ALL_POSITIONS, 1)), 1)
    if lowest > before_first(read_rows):
        return []
    return [
        Alteration(
            kind="inserted",
            position=lowest,
            why=f"the event at position {lowest} was inserted: no event of the ledger has a position below 1",
        )
    ]
