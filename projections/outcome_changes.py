"""Event by event: whose it is, and which outcomes are another after it. What subscribers are told is made of this."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar, cast

from msgspec import Struct

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.call import CallHistory, CallState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.identity import account_stream, call_id_of, call_stream, campaign_stream
from domain.recipient import RecipientState, StreamOf, as_person, other_streams
from domain.status import RecipientStatus
from projections.changes.folds import Kept, ReadStreams
from projections.changes.standing import standing_of
from projections.outcome import OutcomeRow, outcome_row

FOLDS_KEPT_MAX = 5_000
StateT = TypeVar("StateT")


class Changed(Struct, frozen=True, kw_only=True):
    """An event, the lane in which its order is kept, the campaigns that it is about, and the outcomes that it changed.

    A lane is the stream of a person, for everything about them; else the event's own. Each row comes with its lane.
    """

    recorded: Recorded
    lane: str
    campaigns: frozenset[str]
    rows: Sequence[tuple[str, OutcomeRow]] = ()


class OutcomeChanges:
    """Goes through the ledger in order, from any position. Not usable from two threads at once."""

    def __init__(self, read_streams: ReadStreams, stream_of: StreamOf, fingerprint: str | None) -> None:
        self._people: Kept[RecipientState] = Kept(_folding(recipient.INITIAL, recipient.evolve), read_streams)
        self._calls: Kept[CallHistory] = Kept(_folding(call.INITIAL, call.evolve), read_streams)
        self._campaigns: Kept[CampaignState | None] = Kept(_folding(campaign.INITIAL, campaign.evolve), read_streams)
        self._accounts: Kept[AccountState] = Kept(_folding(account.INITIAL, account.evolve), read_streams)
        self._stream_of = stream_of
        self._fingerprint = fingerprint
        self._position = 0

    def take(self, batch: Sequence[Recorded]) -> list[Changed]:
        """What each of these events is about, and changed; they follow on one another, and on those of the batch before."""
        if not batch:
            return []
        self._read_ahead(batch)
        found = []
        for recorded in batch:
            self._position = recorded.position - 1
            found.append(self._changed(recorded))
        for kept in (self._people, self._calls):
            kept.evict(FOLDS_KEPT_MAX)
        return found

    def _read_ahead(self, batch: Sequence[Recorded]) -> None:
        before = batch[0].position - 1
        streams = {recorded.stream for recorded in batch}
        self._calls.load([one for one in streams if call_id_of(one) is not None], before)
        self._people.load([one for one in streams if one.startswith("recipient:")], before)

    def _changed(self, recorded: Recorded) -> Changed:
        kind = recorded.stream.partition(":")[0]
        if kind == "recipient":
            return self._of_person(recorded)
        if kind == "call":
            return self._of_call(recorded)
        about: frozenset[str] = frozenset()
        if kind == "campaign":
            self._evolve(self._campaigns, campaign.evolve, recorded)
            about = frozenset({recorded.stream.partition(":")[2]})
        elif kind == "account":
            self._evolve(self._accounts, account.evolve, recorded)
        return Changed(recorded=recorded, lane=recorded.stream, campaigns=about)

    def _of_person(self, recorded: Recorded) -> Changed:
        own = self._people.get(recorded.stream, self._position)
        named = getattr(recorded.event, "campaign_id", None)
        number = own.number or getattr(recorded.event, "number", "")
        streams = [recorded.stream, *other_streams(number, self._stream_of)]
        before = self._rows(streams, recorded)
        self._evolve(self._people, recipient.evolve, recorded)
        after = self._rows(streams, recorded)
        about = {named} if named is not None else {campaign_id for _, campaign_id in after}
        return Changed(
            recorded=recorded, lane=recorded.stream, campaigns=frozenset(about), rows=_differing(before, after)
        )

    def _of_call(self, recorded: Recorded) -> Changed:
        was = self._calls.get(recorded.stream, self._position).state.claim
        concerned = [] if was is None else [was.recipient]
        if isinstance(recorded.event, call.CallClaimed):
            concerned.append(recorded.event.recipient)
        streams = list(dict.fromkeys(one for owner in concerned for one in self._spelled(owner)))
        before = self._rows(streams, recorded)
        self._evolve(self._calls, call.evolve, recorded)
        claim = self._calls.get(recorded.stream, self._position).state.claim
        return Changed(
            recorded=recorded,
            lane=recorded.stream if claim is None else claim.recipient,
            campaigns=frozenset() if claim is None else frozenset({claim.campaign_id}),
            rows=_differing(before, self._rows(streams, recorded)),
        )

    def _spelled(self, stream: str) -> list[str]:
        """The streams of a person, under all spellings: what a call says of one is told of each."""
        return [stream, *other_streams(self._people.get(stream, self._position).number, self._stream_of)]

    def _rows(self, streams: Collection[str], recorded: Recorded) -> dict[tuple[str, str], OutcomeRow]:
        """The rows of these people, by stream and campaign, as if the event had changed them."""
        found = {}
        for stream in streams:
            own = self._people.get(stream, self._position)
            if not own.enrollments:
                continue
            others = [self._people.get(one, self._position) for one in other_streams(own.number, self._stream_of)]
            person = as_person(own, others)
            for campaign_id in sorted(person.enrollments):
                row = self._row(person, campaign_id, recorded)
                if row is not None:
                    found[stream, campaign_id] = row
        return found

    def _row(self, person: RecipientState, campaign_id: str, recorded: Recorded) -> OutcomeRow | None:
        state = self._campaigns.get(campaign_stream(campaign_id), self._position)
        if state is None:
            return None
        calls = {
            attempt.call_id: self._call(attempt.call_id) for attempt in person.attempts if attempt.call_id is not None
        }
        at, position = recorded.counts_from, recorded.position
        found = standing_of(person, state, calls, self._account(), at, position, None)
        status = RecipientStatus(
            status=found.status, reason=found.reason, attempts=found.attempts, call_id=found.call_id
        )
        return outcome_row(campaign_id, person, status, calls, changed_at=recorded.recorded_at, position=position)

    def _call(self, call_id: str) -> CallState:
        return self._calls.get(call_stream(call_id), self._position).state

    def _account(self) -> AccountState:
        if self._fingerprint is None:
            return account.INITIAL
        return self._accounts.get(account_stream(self._fingerprint), self._position)

    def _evolve(
        self, kept: Kept[StateT], evolve: Callable[[StateT, Any, datetime], StateT], recorded: Recorded
    ) -> None:
        before = kept.get(recorded.stream, self._position)
        with suppress(Exception):  # what cannot be folded is left out here as in the views, which show it
            kept.put(recorded.stream, evolve(before, cast("Any", recorded.event), recorded.counts_from))


def _differing(
    before: dict[tuple[str, str], OutcomeRow], after: dict[tuple[str, str], OutcomeRow]
) -> list[tuple[str, OutcomeRow]]:
    """Those that are new or another; what only says when is the same in both."""
    return [(stream, row) for (stream, campaign_id), row in after.items() if before.get((stream, campaign_id)) != row]


def _folding(
    initial: StateT, evolve: Callable[[StateT, Any, datetime], StateT]
) -> Callable[[Iterable[Recorded]], StateT]:
    def fold(stream: Iterable[Recorded]) -> StateT:
        state = initial
        for recorded in stream:
            with suppress(Exception):
                state = evolve(state, recorded.event, recorded.counts_from)
        return state

    return fold
