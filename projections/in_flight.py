"""What is under way right now, kept in memory: campaigns, the account, open attempts, and calls that are watched.

It is loaded from the views and pushed each commit, so that the dialer and the reconciler look at what is on disk this
moment. What is over is let go: its size hangs on the calls at once, not on how many people are enrolled.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

from msgspec import Struct

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.breaker import settled_by
from domain.call import STRENGTH, CallState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.last_used import LastUsed
from domain.matching import MATCH_WINDOW, UnclaimedCall, UnresolvedAttempt
from domain.recipient import Attempt
from domain.recipient.state import AttemptPhase
from projections import attempt_index, call_index, campaign_summary
from projections.attempt_index import AttemptRow
from projections.changes import CallFold, ReadStreams
from projections.changes.folds import fold_call
from projections.folded import account_of, campaign_of, recipient_of
from projections.settled_attempts import SettledAttempts
from projections.views import ViewsSnapshot

SLOT_HELD_MAX = timedelta(hours=2)
UNCLAIMED_KEPT = timedelta(days=1)
SENDS_KEPT_MAX = 1_000
SETTLED_CALLS_KEPT_MAX = 50_000
_ACCOUNT_EVENTS = get_args(account.AccountEvent)
_ATTEMPT_EVENTS = get_args(recipient.AttemptEvent)
_CALL_EVENTS = get_args(call.CallEvent)
_CAMPAIGN_EVENTS = get_args(campaign.CampaignEvent)
_WAS_PLACED: frozenset[AttemptPhase] = frozenset({"unresolved", "accepted"})
_WAS_NOT_GIVEN_UP: frozenset[AttemptPhase] = frozenset(get_args(AttemptPhase)) - {"abandoned"}
_BEGINS_TO_RUN = (campaign.CampaignStarted, campaign.CampaignResumed)


class OpenAttempt(Struct, frozen=True):
    """An attempt that may have a call under way, and its recipient's stream and number."""

    stream: str
    attempt: Attempt


class LoadedInFlight(Struct, frozen=True, kw_only=True):
    """What the views know of what was under way at a position of the ledger, whose event was recorded at `recorded_at`."""

    position: int
    campaign_ids: Sequence[str]
    open_streams: Sequence[str]
    watched_calls: Sequence[str]
    sends: Mapping[str, Sequence[AttemptRow]]
    placed: Mapping[str, int]
    begun: Mapping[str, int] = {}
    fingerprint: str | None
    recorded_at: datetime | None


def loaded_from(taken: ViewsSnapshot, now: datetime) -> LoadedInFlight:
    """What is under way by a read of the views."""
    connection = taken.connection
    campaigns = campaign_summary.campaigns(connection)
    attempts = {
        campaign_id: campaign_summary.counters_now(connection, number).summary().attempts
        for number, campaign_id in campaigns.items()
    }
    return LoadedInFlight(
        position=taken.position,
        campaign_ids=list(campaigns.values()),
        open_streams=sorted({row.stream for row in attempt_index.open_attempts(connection)}),
        watched_calls=list(call_index.calls_to_watch(connection, now - UNCLAIMED_KEPT)),
        sends={
            campaign_id: attempt_index.last_sent(connection, number, SENDS_KEPT_MAX)[::-1]
            for number, campaign_id in campaigns.items()
        },
        placed={campaign_id: _counted(phases, _WAS_PLACED) for campaign_id, phases in attempts.items()},
        begun={campaign_id: _counted(phases, _WAS_NOT_GIVEN_UP) for campaign_id, phases in attempts.items()},
        fingerprint=taken.fingerprint,
        recorded_at=taken.recorded_at,
    )


def _counted(attempts: Mapping[AttemptPhase, int], phases: Collection[AttemptPhase]) -> int:
    return sum(count for phase, count in attempts.items() if phase in phases)


class InFlight:
    """The fold. `position` is the last event that it has taken in, `fingerprint` the account that it watches."""

    def __init__(self, read_streams: ReadStreams, fingerprint: str | None) -> None:
        self.position = 0
        self.account: AccountState = account.INITIAL
        self.campaigns: dict[str, CampaignState] = {}
        self.fingerprint = fingerprint
        self.open: dict[str, OpenAttempt] = {}
        self.started: dict[str, str] = {}
        self.calls_ended = 0
        self.calls: dict[str, CallState] = {}
        self.open_calls: dict[str, datetime] = {}
        self.echoing: dict[str, None] = {}
        self._is_account_given = fingerprint is not None
        self._read_streams = read_streams
        self._unclaimed: dict[str, datetime] = {}
        self._settled: LastUsed[str, None] = LastUsed(SETTLED_CALLS_KEPT_MAX)
        self._attempts_of_call: dict[str, frozenset[str]] = {}
        self._slots: dict[str, dict[str, datetime]] = {}
        self._sends: dict[str, deque[datetime]] = {}
        self._placed: dict[str, int] = {}
        self._begun: dict[str, int] = {}
        self.settled = SettledAttempts(self.campaigns.get)
        self._numbers: dict[str, str] = {}
        self._passed = datetime.min.replace(tzinfo=UTC)

    def load(self, loaded: LoadedInFlight) -> None:
        """Begin where the views are."""
        position = self.position = loaded.position
        if loaded.recorded_at is not None:
            self._passed = max(self._passed, loaded.recorded_at)
        if self.fingerprint is None:
            self.fingerprint = loaded.fingerprint
        read = self._read_streams([campaign_stream(campaign_id) for campaign_id in loaded.campaign_ids], position)
        for campaign_id in loaded.campaign_ids:
            state = campaign_of(read.get(campaign_stream(campaign_id), ()))
            if state is not None:
                self.campaigns[campaign_id] = state
        if self.fingerprint is not None:
            stream = account_stream(self.fingerprint)
            self.account = account_of(self._read_streams([stream], position).get(stream, ()))
        found = self._read_streams([call_stream(call_id) for call_id in loaded.watched_calls], position)
        for call_id in loaded.watched_calls:
            fold = fold_call(found.get(call_stream(call_id), ()))
            if fold is not None:
                self._keep_call(call_id, fold.state, fold.heard_at, fold.first_heard_at)
        for stream, events in self._read_streams(list(loaded.open_streams), position).items():
            person = recipient_of(events)
            for attempt in person.attempts:
                self._keep_attempt(stream, attempt, self._call_of(attempt))
        for campaign_id, sends in loaded.sends.items():
            left = (row.sent_at for row in sends if row.sent_at is not None)
            self._sends[campaign_id] = deque(left, maxlen=SENDS_KEPT_MAX)
            self.settled.load(campaign_id, sends, self._read_streams, position)
        self._placed.update(loaded.placed)
        self._begun.update(loaded.begun)

    def apply(self, recorded: Recorded) -> None:
        """Take in the next event."""
        event, at = recorded.event, recorded.recorded_at
        self._passed = max(self._passed, at)
        name = recorded.stream.partition(":")[2]
        if isinstance(event, _CALL_EVENTS):
            self._apply_call(name, recorded)
        elif isinstance(event, _ATTEMPT_EVENTS):
            self._apply_attempt(recorded.stream, event, recorded)
        elif isinstance(event, _CAMPAIGN_EVENTS):
            state = campaign.evolve(self.campaigns.get(name), event, at)
            if state is not None:
                self.campaigns[name] = state
            if isinstance(event, _BEGINS_TO_RUN):
                self.settled.begin_again(name)
        elif isinstance(event, _ACCOUNT_EVENTS) and (name == self.fingerprint or not self._is_account_given):
            if name != self.fingerprint:
                self.fingerprint = name
                before = self._read_streams([recorded.stream], recorded.position - 1)
                self.account = account_of(before.get(recorded.stream, ()))
            self.account = account.evolve(self.account, event, at)
        self.position = recorded.position

    @property
    def passed(self) -> datetime:
        """The latest instant that was taken in; it never goes back."""
        return self._passed

    def call(self, call_id: str | None) -> CallState:
        """What is known of a watched call; of any other, nothing."""
        return self.calls.get(call_id or "", CallState())

    def slots_held(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls may be under way, those not counted that have been for too long to believe."""
        return sum(1 for since in self._slots.get(campaign_id, {}).values() if now - since < SLOT_HELD_MAX)

    def slots_held_in_all(self, now: datetime) -> int:
        """How many calls of all campaigns may be under way, those not counted that have been for too long to believe."""
        return sum(self.slots_held(campaign_id, now) for campaign_id, held in self._slots.items() if held)

    def calls_under_way(self, now: datetime) -> int:
        """How many calls the provider may have of ours: of the slots held those whose request has its outcome."""
        return sum(
            one.attempt.phase != "started" and now - one.attempt.started_at < SLOT_HELD_MAX
            for one in self.open.values()
        )

    def slots_overdue(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls have been open for too long to believe; their slots are used again."""
        return len(self._slots.get(campaign_id, {})) - self.slots_held(campaign_id, now)

    def sends_since(self, campaign_id: str, since: datetime) -> list[datetime]:
        """When the requests of a campaign left, at the latest: the instants at which their outcomes were recorded."""
        return [at for at in self._sends.get(campaign_id, ()) if at >= since]

    def calls_placed(self, campaign_id: str) -> int:
        """How many calls of a campaign were placed, or may have been."""
        return self._placed.get(campaign_id, 0)

    def attempts_begun(self, campaign_id: str) -> int:
        """How many attempts of a campaign there were, those left out whose request certainly never left."""
        return self._begun.get(campaign_id, 0)

    def attempts_under_way(self, campaign_id: str) -> int:
        """How many attempts of a campaign have begun, of which nobody knows yet whether they place a call."""
        return sum(1 for i in self.started if self.open[i].attempt.campaign_id == campaign_id)

    def is_anything_open(self, campaign_id: str, now: datetime) -> bool:
        """Whether a campaign has an attempt that may still come to something by itself."""
        return any(
            one.attempt.phase != "unresolved" or now - one.attempt.changed_at < MATCH_WINDOW
            for one in self.open.values()
            if one.attempt.campaign_id == campaign_id
        )

    def will_be_free(self, streams: Collection[str], now: datetime) -> bool:
        """Whether one of these people has a call open now that may end by itself."""
        busy: dict[str, bool] = {}
        for one in self.open.values():
            if one.stream in streams:
                stuck = one.attempt.phase == "unresolved" and now - one.attempt.changed_at >= MATCH_WINDOW
                busy[one.stream] = busy.get(one.stream, True) and not stuck
        return any(busy.values())

    def unresolved_attempts(self, campaign_id: str | None = None) -> list[UnresolvedAttempt]:
        """The attempts of which nobody knows whether there is a call, of one campaign or of all, the oldest first."""
        found = [
            UnresolvedAttempt(
                attempt_id=one.attempt.attempt_id,
                campaign_id=one.attempt.campaign_id,
                stream=one.stream,
                from_number=self.campaigns[one.attempt.campaign_id].plan.caller_number,
                to_number=self._number(one.stream),
                started_at=one.attempt.started_at,
            )
            for one in self.open.values()
            if one.attempt.phase == "unresolved"
            and campaign_id in {None, one.attempt.campaign_id}
            and one.attempt.campaign_id in self.campaigns
        ]
        return sorted(found, key=lambda attempt: attempt.started_at)

    def unclaimed_calls(self) -> list[UnclaimedCall]:
        """The calls of the last day that no attempt has claimed."""
        found = []
        for call_id, heard_at in self._unclaimed.items():
            state = self.calls[call_id]
            if state.parties is not None:
                found.append(
                    UnclaimedCall(
                        call_id=call_id,
                        from_number=state.parties.from_number,
                        to_number=state.parties.to_number,
                        began_at=state.created_at or heard_at,
                        echoed_attempts=state.echoed_attempts,
                    )
                )
        return found

    def _number(self, stream: str) -> str:
        if stream not in self._numbers:
            person = recipient_of(self._read_streams([stream], self.position).get(stream, ()))
            self._numbers[stream] = person.number
        return self._numbers[stream]

    def _apply_attempt(self, stream: str, event: recipient.AttemptEvent, recorded: Recorded) -> None:
        at = recorded.recorded_at
        known = self.open.get(event.attempt_id)
        if isinstance(event, recipient.ATTEMPT_SENT) and event.attempt_id in self.started:
            self._sends.setdefault(event.campaign_id, deque(maxlen=SENDS_KEPT_MAX)).append(at)
        if isinstance(event, recipient.AttemptStarted):
            before = recipient.INITIAL
        elif known is not None:
            before = recipient.RecipientState(attempts=(known.attempt,))
        else:
            before = recipient_of(self._read_streams([stream], recorded.position - 1).get(stream, ()))
        attempt = recipient.evolve(before, event, at).attempt(event.attempt_id)
        if attempt is not None:
            # A call that the provider gave just now is either watched already or not heard of yet; an old one may be over.
            is_new = isinstance(event, recipient.AttemptAccepted) and attempt.call_id not in self._settled
            own_call = self.call(attempt.call_id) if is_new else self._call_of(attempt)
            self._keep_attempt(stream, attempt, own_call)
            was = before.attempt(event.attempt_id)
            self._count(event.campaign_id, was, attempt)
            if was is None or (was.phase, was.call_id) != (attempt.phase, attempt.call_id):
                self.settled.add(event.campaign_id, settled_by(attempt, own_call))

    def _count(self, campaign_id: str, was: Attempt | None, attempt: Attempt) -> None:
        more = (attempt.phase in _WAS_PLACED) - (was is not None and was.phase in _WAS_PLACED)
        if more:
            self._placed[campaign_id] = self._placed.get(campaign_id, 0) + more
        more = (attempt.phase in _WAS_NOT_GIVEN_UP) - (was is not None and was.phase in _WAS_NOT_GIVEN_UP)
        if more:
            self._begun[campaign_id] = self._begun.get(campaign_id, 0) + more

    def _keep_attempt(self, stream: str, attempt: Attempt, own_call: CallState) -> None:
        attempt_id = attempt.attempt_id
        if attempt.holds_slot(own_call):
            self.open[attempt_id] = OpenAttempt(stream, attempt)
            self._slots.setdefault(attempt.campaign_id, {})[attempt_id] = attempt.started_at
            if attempt.call_id is not None:
                of_call = self._attempts_of_call.get(attempt.call_id, frozenset())
                self._attempts_of_call[attempt.call_id] = of_call | {attempt_id}
        else:
            self._close_attempt(attempt_id)
        if attempt.phase == "started":
            self.started[attempt_id] = stream
        else:
            self.started.pop(attempt_id, None)

    def _close_attempt(self, attempt_id: str) -> None:
        closed = self.open.pop(attempt_id, None)
        if closed is not None:
            self._slots[closed.attempt.campaign_id].pop(attempt_id, None)
            self._numbers.pop(closed.stream, None)

    def _call_of(self, attempt: Attempt) -> CallState:
        if attempt.call_id is None:
            return CallState()
        if attempt.call_id not in self.calls:
            fold = self._read_call(attempt.call_id, self.position)
            return CallState() if fold is None else fold.state
        return self.calls[attempt.call_id]

    def _read_call(self, call_id: str, position: int) -> CallFold | None:
        stream = call_stream(call_id)
        return fold_call(self._read_streams([stream], position).get(stream, ()))

    def _apply_call(self, call_id: str, recorded: Recorded) -> None:
        if call_id in self._settled:
            return
        event, at = recorded.event, recorded.recorded_at
        before = self.calls.get(call_id)
        if before is None:
            fold = self._read_call(call_id, recorded.position - 1) if recorded.version > 1 else None
            before = CallState() if fold is None else fold.state
        if isinstance(event, call.Report):
            after = call.join(before, event)
        else:
            after = call.evolve(call.CallHistory(state=before), event, at).state  # type: ignore[arg-type]
        self.calls_ended += before.phase != after.phase == "ended"
        self._keep_call(call_id, after, at, at)
        if after.phase == "ended" or after.is_lost:
            for attempt_id in self._attempts_of_call.pop(call_id, ()):
                known = self.open.get(attempt_id)
                if known is not None and known.attempt.call_id == call_id:
                    self._close_attempt(attempt_id)
                    self.settled.add(known.attempt.campaign_id, settled_by(known.attempt, after))

    def _keep_call(self, call_id: str, state: CallState, heard_at: datetime, first_heard_at: datetime) -> None:
        """Watch a call for as long as something about it may still matter."""
        self.calls[call_id] = state
        is_open = state.phase != "ended" and not state.given_up
        if is_open:
            self.open_calls[call_id] = heard_at
        else:
            self.open_calls.pop(call_id, None)
        claim = state.claim
        is_certain = claim is not None and claim.strength >= STRENGTH["metadata"]
        if state.echoed_attempts and not is_certain:
            self.echoing[call_id] = None
        else:
            self.echoing.pop(call_id, None)
        if claim is not None:
            self._unclaimed.pop(call_id, None)
        else:
            self._unclaimed.setdefault(call_id, first_heard_at)
            self._forget_unclaimed(heard_at)
        if not is_open and claim is not None and call_id not in self.echoing:
            self.calls.pop(call_id, None)
            if is_certain and state.phase == "ended":
                self._settled.put(call_id, None)

    def _forget_unclaimed(self, now: datetime) -> None:
        oldest, heard_at = next(iter(self._unclaimed.items()))
        if now - heard_at > UNCLAIMED_KEPT:
            del self._unclaimed[oldest]
            if oldest not in self.open_calls and oldest not in self.echoing:
                del self.calls[oldest]
