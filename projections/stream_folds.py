"""Streams that grow as long as a campaign lives, folded once: whoever asks again reads only what is newer."""

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from operator import attrgetter
from threading import Lock
from typing import Generic, Protocol, TypeVar, cast

from msgspec import Struct

from domain import account, campaign
from domain.account import AccountState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.identity import account_stream, campaign_stream
from domain.last_used import LastUsed
from domain.set_right import SetRight
from projections.folded import account_after, campaign_after

STREAMS_KEPT_MAX = 1_000
FOLDS_A_STREAM_MAX = 32
NEWEST_FOLDS_KEPT = 4
EVENTS_A_READ_MAX = 500
NOW = 2**63 - 1

StateT = TypeVar("StateT")


class ReadsOn(Protocol):
    """What is asked of the ledger. Usable from any thread."""

    @property
    def position(self) -> int:
        """A position up to which all that there will be is there to be read."""

    @property
    def acknowledged(self) -> Sequence[SetRight]:
        """When the clock was set right, as far as is known."""

    def read_on(self, stream: str, after_version: int, up_to_position: int, events_max: int) -> Sequence[Recorded]:
        """A stream's next events after a version, some at a time, up to a position; none where there are no more."""


class _Folded(Struct):
    """A stream up to a version, whose event is at a position; up to `holds_until` nothing more is in the stream."""

    position: int
    version: int
    state: object
    holds_until: int = 0


_BY_POSITION = attrgetter("position")
_Key = tuple[str, int]
"""A stream, and how many acknowledgements its instants are by."""


class StreamFolds(Generic[StateT]):
    """Usable from any thread. Of each stream a few folds are kept: the newest ones, and ever fewer of the further past.

    Where nothing was appended to the ledger since one of them was looked for, nothing is read.
    """

    def __init__(self, ledger: ReadsOn, initial: StateT, evolve: Callable[[StateT, Recorded], StateT]) -> None:
        self._ledger = ledger
        self._initial = initial
        self._evolve = evolve
        self._lock = Lock()
        self._kept: LastUsed[_Key, list[_Folded]] = LastUsed(STREAMS_KEPT_MAX)

    def at(self, stream: str, position: int = NOW) -> StateT:
        """What the ledger knew of a stream at a position, or knows now."""
        key = (stream, sum(one.position <= position for one in self._ledger.acknowledged))
        fold = self._nearest(key, position)
        if position <= fold.holds_until:
            return cast("StateT", fold.state)
        looked_to = min(position, self._ledger.position)  # before it is read: what comes meanwhile is beyond
        while events := self._ledger.read_on(stream, fold.version, position, EVENTS_A_READ_MAX):
            state = cast("StateT", fold.state)
            for recorded in events:
                state = self._evolve(state, recorded)
            fold = _Folded(events[-1].position, events[-1].version, state)
            self._keep(key, fold)
        fold.holds_until = max(fold.holds_until, looked_to)
        if fold.version == 0:  # of a stream without events that is worth as much
            self._keep(key, fold)
        return cast("StateT", fold.state)

    def _nearest(self, key: _Key, position: int) -> _Folded:
        with self._lock:
            kept = self._kept.get(key) or []
            before = bisect_right(kept, position, key=_BY_POSITION)
            return kept[before - 1] if before else _Folded(0, 0, self._initial)

    def _keep(self, key: _Key, fold: _Folded) -> None:
        with self._lock:
            kept = self._kept.get(key) or []
            if any(one.version == fold.version for one in kept):
                return
            insort(kept, fold, key=_BY_POSITION)
            if len(kept) > FOLDS_A_STREAM_MAX:
                kept = [*kept[:-NEWEST_FOLDS_KEPT:2], *kept[-NEWEST_FOLDS_KEPT:]]
            self._kept.put(key, kept)


class CampaignFolds:
    """Campaigns by id."""

    def __init__(self, ledger: ReadsOn) -> None:
        self._folds: StreamFolds[CampaignState | None] = StreamFolds(ledger, campaign.INITIAL, campaign_after)

    def at(self, campaign_id: str, position: int) -> CampaignState | None:
        """What the ledger knew of a campaign at a position; None before it was created."""
        return self._folds.at(campaign_stream(campaign_id), position)


class AccountFolds:
    """Accounts by fingerprint."""

    def __init__(self, ledger: ReadsOn) -> None:
        self._folds: StreamFolds[AccountState] = StreamFolds(ledger, account.INITIAL, account_after)

    def at(self, fingerprint: str, position: int) -> AccountState:
        """What the ledger knew of an account at a position."""
        return self._folds.at(account_stream(fingerprint), position)
