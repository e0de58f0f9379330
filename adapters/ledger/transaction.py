"""What a command sees of the ledger: streams folded, with all that earlier commands of the same commit have decided."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from msgspec import Struct

from adapters.ledger.acknowledged import Decode
from adapters.ledger.ledger_time import CommitTimes
from adapters.ledger.recorder import Row, WriteSession
from domain import account, call, campaign, ledger_life, quarantine, recipient, subscription
from domain.events import Event
from domain.identity import (
    KEYS_STREAM,
    LEDGER_STREAM,
    account_stream,
    call_stream,
    campaign_stream,
    quarantine_stream,
    subscription_stream,
)
from domain.last_used import LastUsed
from domain.recipient import RecipientState, StreamOf
from domain.set_right import SetRight

Evolve = Callable[[Any, Any, datetime], Any]


class Fold(Struct, frozen=True):
    """A stream's state, and the version up to which it is folded; `is_whole` unless there may be more of it on disk."""

    version: int
    state: Any
    is_whole: bool = True


class ColdStream(Exception):
    """A stream has to be folded from `fold` on, and is too long for the writer's thread."""

    def __init__(self, stream: str, fold: Fold, decode: Decode) -> None:
        super().__init__(f"a {stream.partition(':')[0]} stream is read")
        self.stream = stream
        self.fold = fold
        self.decode = decode


FoldCache = LastUsed[str, Fold]
EVENTS_FOLDED_MAX = 500
BYTES_FOLDED_MAX = 1024 * 1024
"""Of one stream, while all who want something written wait; a longer one is folded beside the writer."""


class Appended(Struct, frozen=True):
    """An event that a command decided on, where it goes, and the state of its stream with it."""

    stream: str
    version: int
    event: Event
    metadata: Mapping[str, str]
    state: Any


class Transaction:
    """One command's view.

    `now` is what the ledger's clock says, and what every wait on what is appended counts from; `clocks` are the two times
    that a verdict has to hold at; `acknowledged` is when the clock was set right before this; `lease_epoch` as in
    `WriteSession`.
    """

    def __init__(
        self,
        session: WriteSession,
        decode: Decode,
        cache: FoldCache,
        pending: Mapping[str, Fold],
        times: CommitTimes,
        metadata: Mapping[str, str],
        stream_of: StreamOf,
        earlier: Sequence[Appended] = (),
        warming: Container[str] = (),
        acknowledged: tuple[SetRight, ...] = (),
    ) -> None:
        self.now = times.clock_at
        self.lease_epoch = session.lease_epoch
        self.clocks = times.clocks
        self.acknowledged = acknowledged
        self._earlier = earlier
        self.appended: list[Appended] = []
        self.folds: dict[str, Fold] = {}
        self._session = session
        self._decode = decode
        self._cache = cache
        self._pending = pending
        self._metadata = metadata
        self._stream_of = stream_of
        self._warming = warming
        self._new_streams: frozenset[str] = frozenset()

    def campaign(self, campaign_id: str) -> campaign.CampaignState | None:
        """A campaign's state; None if there is none."""
        return cast(
            "campaign.CampaignState | None",
            self._state(campaign_stream(campaign_id)),
        )

    def recipient(self, stream: str) -> recipient.RecipientState:
        """The state of one spelling of a person, by its stream."""
        return cast("recipient.RecipientState", self._state(stream))

    def person(self, stream: str) -> RecipientState:
        """The person behind a stream, by all the spellings of their number."""
        own = self.recipient(stream)
        return recipient.as_person(own, [self.recipient(one) for one in self.other_streams(own.number)])

    def spelled(self, number: str) -> list[RecipientState]:
        """The person with a number, by each of its spellings that is known."""
        streams = recipient.spelled_streams(number, self._stream_of)
        return recipient.each_spelled([self.recipient(one) for one in streams])

    def other_streams(self, number: str) -> list[str]:
        """The streams that the other spellings of a number have, or would have."""
        return recipient.other_streams(number, self._stream_of)

    def spelled_streams(self, number: str) -> list[str]:
        """The streams that all spellings of a number have, or would have; its own is the first."""
        return recipient.spelled_streams(number, self._stream_of)

    def call(self, call_id: str) -> call.CallHistory:
        """A call's history."""
        return cast("call.CallHistory", self._state(call_stream(call_id)))

    def account(self, fingerprint: str) -> account.AccountState:
        """An account's state."""
        return cast("account.AccountState", self._state(account_stream(fingerprint)))

    def last_account(self) -> str | None:
        """The fingerprint of the account of which something was recorded last; None where nothing ever was."""
        pending = [one.stream for one in (*self._earlier, *self.appended) if one.stream.startswith(account_stream(""))]
        stream = pending[-1] if pending else self._session.last_stream("account")
        return None if stream is None else stream.partition(":")[2]

    def fold(self, stream: str) -> Fold:
        """A stream as this command knows it, which must have read it."""
        fold = self.folds.get(stream) or self._pending.get(stream) or self._cache.get(stream)
        if fold is None:
            raise RuntimeError(f"a {stream.partition(':')[0]} stream was used without being read")
        return fold

    def quarantined(self, digest: str) -> quarantine.QuarantineState:
        """The delivery that was put away under this digest."""
        return cast(
            "quarantine.QuarantineState",
            self._state(quarantine_stream(digest)),
        )

    def subscription(self, subscription_id: str) -> subscription.SubscriptionState:
        """A subscription's state; None if there never was one."""
        return cast("subscription.SubscriptionState", self._state(subscription_stream(subscription_id)))

    def ledger(self) -> ledger_life.LedgerLife:
        """What happened to the ledger itself."""
        return cast("ledger_life.LedgerLife", self._state(LEDGER_STREAM))

    def read_destroyed_keys(self) -> None:
        """Have read how many events list destroyed keys, so that another one can be appended."""
        self._state(KEYS_STREAM)

    def events_since(self, position: int, events_max: int) -> list[Event] | None:
        """What was recorded after a position, and decided by earlier commands of this commit; None where the first is too much."""
        rows = self._session.read_feed(position, events_max + 1)
        if len(rows) > events_max:
            return None
        return [self._decode(*row).event for row in rows] + [appended.event for appended in self._earlier]

    def streams_since(self, position: int, events_max: int) -> frozenset[str] | None:
        """The streams of what was recorded after a position, and decided by earlier commands of this commit; None where it is too much."""
        rows = self._session.read_feed(position, events_max + 1)
        if len(rows) > events_max:
            return None
        return frozenset((*(row[1] for row in rows), *(appended.stream for appended in self._earlier)))

    def expect_new(self, streams: Sequence[str]) -> None:
        """Learn with one query which of these streams have no events, where many will be asked for."""
        unseen = [s for s in streams if s not in self._pending and self._cache.get(s) is None]
        self._new_streams |= frozenset(unseen) - self._session.known_streams(unseen)

    def append(self, stream: str, events: Iterable[Event], by: Mapping[str, str] | None = None) -> None:
        """Add what was decided, all or, if this command fails, nothing. The stream must have been read before.

        `by` is who did it, where that is another than who commands.
        """
        fold, metadata = None, self._metadata if by is None else by
        for event in events:
            fold = self.fold(stream) if fold is None else fold
            evolve = _evolve_of(stream)
            fold = Fold(fold.version + 1, evolve(fold.state, event, self.now))
            self.appended.append(Appended(stream, fold.version, event, metadata, fold.state))
            self.folds[stream] = fold

    def _state(self, stream: str) -> Any:
        fold = self.folds.get(stream) or self._pending.get(stream)
        if fold is not None:
            return fold.state
        fold = self._cache.get(stream)
        if fold is not None and fold.is_whole:
            return fold.state
        fold = fold or nothing_of(stream)
        if stream in self._warming:
            raise ColdStream(stream, fold, self._decode)
        rows = []
        if stream not in self._new_streams:
            rows = self._session.read_stream(stream, fold.version, EVENTS_FOLDED_MAX + 1, BYTES_FOLDED_MAX)
        if len(rows) > EVENTS_FOLDED_MAX or sum(len(row[4]) for row in rows) > BYTES_FOLDED_MAX:
            raise ColdStream(stream, fold, self._decode)
        self.folds[stream] = folded(stream, fold, rows, self._decode)
        return self.folds[stream].state


def nothing_of(stream: str) -> Fold:
    """A stream's fold before its first event."""
    return _NOTHING[stream.partition(":")[0]]


def folded(stream: str, fold: Fold, rows: Sequence[Row], decode: Decode, *, is_whole: bool = True) -> Fold:
    """A stream's fold with more of its rows."""
    evolve = _evolve_of(stream)
    version, state = fold.version, fold.state
    for row in rows:
        recorded = decode(*row)
        version, state = recorded.version, evolve(state, recorded.event, recorded.counts_from)
    return Fold(version, state, is_whole)


def _evolve_of(stream: str) -> Evolve:
    return _EVOLVES[stream.partition(":")[0]]


_EVOLVES: Mapping[str, Evolve] = {
    "campaign": campaign.evolve,
    "recipient": recipient.evolve,
    "call": call.evolve,
    "account": account.evolve,
    "quarantine": quarantine.evolve,
    "subscription": subscription.evolve,
    "ledger": lambda state, event, _: ledger_life.evolve(state, event),
}
_NOTHING: Mapping[str, Fold] = {
    "campaign": Fold(0, campaign.INITIAL),
    "recipient": Fold(0, recipient.INITIAL),
    "call": Fold(0, call.INITIAL),
    "account": Fold(0, account.INITIAL),
    "quarantine": Fold(0, quarantine.INITIAL),
    "subscription": Fold(0, subscription.INITIAL),
    "ledger": Fold(0, ledger_life.INITIAL),
}
