"""What of old personal fields may be destroyed: found from the ledger's beginning on, so many streams a step."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from application.installation import Installation
from application.queries.erasure import NOT_SEALED
from application.queries.retained import Judge
from domain.errors import Conflict, InvalidInput
from domain.instants import later
from domain.retention import Expired, WhyKept

ROWS_A_READ = 500
READS_A_STEP = 20
STREAMS_LOOKED_AT_A_STEP = 500
EXPIRED_A_STEP = 100
_MOMENT = timedelta(microseconds=1)


class RetentionStep(Struct, frozen=True, kw_only=True):
    """What was found: what may go, and how many streams are kept for which reason, by what the ledger has up to `position`.

    `next` is the position after which to go on; None where all was looked at.
    """

    expired: Sequence[Expired]
    kept: Mapping[WhyKept, int]
    position: int
    next: int | None


class Retention:
    """Looks for what is old: in streams in which nothing was recorded since `before`, what is of `kinds`. Blocks."""

    def __init__(self, parts: Installation, kinds: Collection[str], before: datetime, now: datetime) -> None:
        """Raises `Conflict` where nothing is sealed, and `InvalidInput`."""
        sealed = parts.ledger.sealed
        if sealed is None:
            raise Conflict(NOT_SEALED)
        if before > now:
            raise InvalidInput("before", "is still to come; only what is over is destroyed")
        self._ledger = parts.ledger
        self._cut = parts.ledger.position_at(later(before, -_MOMENT), now)
        self._position = parts.ledger.position
        self._judge = Judge(parts, sealed, kinds, cut=self._cut, position=self._position)
        self._expired: list[Expired] = []
        self._kept: Counter[WhyKept] = Counter()
        self._looked_at = 0

    def step(self, after: int) -> RetentionStep:
        """Look at the next streams, by the position of their first event. Raises `LedgerUnavailable`."""
        at: int | None = after
        for _ in range(READS_A_STEP):
            if at is None or self._is_enough:
                break
            at = self._read(at)
        return RetentionStep(expired=self._expired, kept=self._kept, position=self._position, next=at)

    @property
    def _is_enough(self) -> bool:
        return self._looked_at >= STREAMS_LOOKED_AT_A_STEP or len(self._expired) >= EXPIRED_A_STEP

    def _read(self, after: int) -> int | None:
        """Look at what begins in the next rows; the last position that was looked at, None at the end."""
        rows = self._ledger.read_rows(after, ROWS_A_READ)
        for position, stream, version, *_ in rows:
            if position > self._cut:
                return None
            if version == 1:
                self._look(stream)
            after = position
            if self._is_enough:
                break
        return after if rows else None

    def _look(self, stream: str) -> None:
        self._looked_at += 1
        found = self._judge.judge(stream)
        if isinstance(found, Expired):
            self._expired.append(found)
        elif found is not None:
            self._kept[found] += 1
