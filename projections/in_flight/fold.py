"""The fold of all that is under way, part by part."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.breaker import settled_by
from domain.call import CallState
from domain.campaign import CampaignState
from domain.events import Event, Recorded
from domain.identity import account_stream, call_id_of
from domain.ledger_life import KeysDestroyed
from projections.changes import ReadStreams
from projections.folded import recipient_of
from projections.in_flight.attempt_counts import AttemptCounts
from projections.in_flight.beside import AllAnew, BeforeAttempt, all_anew, before_attempt
from projections.in_flight.callers import Callers
from projections.in_flight.loaded import LoadedInFlight
from projections.in_flight.open_attempts import OpenAttempts
from projections.in_flight.watched_calls import WatchedCalls
from projections.settled_attempts import SettledAttempts

_ACCOUNT_EVENTS: frozenset[type[Event]] = frozenset(get_args(account.AccountEvent))
_ATTEMPT_EVENTS: frozenset[type[Event]] = frozenset(get_args(recipient.AttemptEvent))
_CALL_EVENTS: frozenset[type[Event]] = frozenset(get_args(call.CallEvent))
_CAMPAIGN_EVENTS: frozenset[type[Event]] = frozenset(get_args(campaign.CampaignEvent))
_BEGINS_TO_RUN = (campaign.CampaignStarted, campaign.CampaignResumed)


class InFlight:
    """The fold. `position` is the last event that it has taken in, `fingerprint` the account that it watches."""

    def __init__(self, read_streams: ReadStreams, fingerprint: str | None) -> None:
        self.position = 0
        self.account: AccountState = account.INITIAL
        self.campaigns: dict[str, CampaignState] = {}
        self.fingerprint = fingerprint
        self.attempts = OpenAttempts(self.campaigns.get, self._read_number)
        self.calls = WatchedCalls(read_streams)
        self.counts = AttemptCounts()
        self.settled = SettledAttempts(self.campaigns.get)
        self.callers = Callers(self.campaigns.get)
        self._is_account_given = fingerprint is not None
        self._beside: BeforeAttempt | AllAnew | None = None
        self._read_streams = read_streams

    def load(self, loaded: LoadedInFlight) -> None:
        """Begin where the views are."""
        position = self.position = loaded.position
        if self.fingerprint is None:
            self.fingerprint = loaded.fingerprint
        self._take(
            all_anew(
                self._read_streams,
                position,
                self.fingerprint,
                loaded.campaign_ids,
                loaded.watched_calls,
                loaded.open_streams,
            )
        )
        for campaign_id, sends in loaded.sends.items():
            self.settled.load(campaign_id, sends, self._read_streams, position)
            self.callers.load(campaign_id, sends, loaded.open_streams, self._read_streams, position)
        self.counts.load(loaded.sends, loaded.placed, loaded.begun)

    def _take(self, anew: AllAnew) -> None:
        self.campaigns.update(anew.campaigns)
        if anew.account is not None:
            self.account = anew.account
        self.calls.load(anew.watched, anew.calls)
        for stream, person in anew.people.items():
            for attempt in person.attempts:
                fold = anew.calls.get(attempt.call_id or "")
                self.attempts.keep(stream, attempt, CallState() if fold is None else fold.state)
                self.attempts.learn_number(attempt.attempt_id, person.number)

    def apply(self, recorded: Recorded) -> None:
        """Take in the next event."""
        kind = type(recorded.event)
        name = recorded.stream.partition(":")[2]
        if kind in _CALL_EVENTS:
            self._apply_call(name, recorded)
        elif kind in _ATTEMPT_EVENTS:
            self._apply_attempt(recorded.stream, cast("recipient.AttemptEvent", recorded.event), recorded)
        elif kind in _CAMPAIGN_EVENTS:
            self._apply_campaign(name, cast("campaign.CampaignEvent", recorded.event), recorded.counts_from)
        elif kind in _ACCOUNT_EVENTS and (name == self.fingerprint or not self._is_account_given):
            if name != self.fingerprint:
                self.fingerprint = name
                self.account = self._anew(recorded).account or account.INITIAL
            else:
                event = cast("account.AccountEvent", recorded.event)
                self.account = account.evolve(self.account, event, recorded.counts_from)
        elif kind is KeysDestroyed:
            self.calls.forget()
        self.position = max(self.position, recorded.position)
        if kind in _ACCOUNT_EVENTS and recorded.set_right is not None:
            self._set_right(recorded.set_right.at, self._anew(recorded))
        self._beside = None

    def must_read(self, recorded: Recorded) -> bool:
        """Whether an event is of a call or an attempt that is not kept any more, or was not when this began."""
        if type(recorded.event) in _CALL_EVENTS:
            return self.calls.must_read(call_id_of(recorded.stream) or "", recorded)
        return type(recorded.event) in _ATTEMPT_EVENTS and self._needs_more(recorded)

    def must_read_first(self, recorded: Recorded) -> bool:
        """Whether nothing that follows an event may be applied before what it needs was read."""
        if type(recorded.event) not in _ACCOUNT_EVENTS:
            return False
        is_read = isinstance(self._beside, AllAnew) and self._beside.position == recorded.position
        return not is_read and (recorded.set_right is not None or self._is_of_another_account(recorded))

    def read(self, recorded: Recorded) -> CallState | BeforeAttempt | AllAnew:
        """What an event needs to be known of its stream, or of all; in any thread."""
        if type(recorded.event) in _CALL_EVENTS:
            return self.calls.read_before(call_id_of(recorded.stream) or "", recorded)
        if type(recorded.event) in _ATTEMPT_EVENTS:
            return before_attempt(self._read_streams, recorded)
        return self._read_anew(recorded)

    def know(self, stream: str, found: CallState | BeforeAttempt | AllAnew) -> None:
        """Have at hand what was read, for the event that is applied next."""
        if isinstance(found, CallState):
            self.calls.know(call_id_of(stream) or "", found)
        else:
            self._beside = found

    def read_numbers(self, streams: Mapping[str, str]) -> dict[str, str]:
        """The numbers of recipients, of each under the name that its stream is given here; in any thread."""
        read = self._read_streams(sorted(set(streams.values())), self.position)
        return {name: recipient_of(read.get(stream, ())).number for name, stream in streams.items()}

    def _set_right(self, at: datetime, anew: AllAnew) -> None:
        """It was acknowledged that the clock had been ahead: whatever counts from a time is read anew, as it is believed."""
        self.calls.set_right(at)
        self.counts.set_right(at)
        self._take(anew)

    def _is_of_another_account(self, recorded: Recorded) -> bool:
        """Whether it is another account that is watched from now on."""
        if self._is_account_given or type(recorded.event) not in _ACCOUNT_EVENTS:
            return False
        return recorded.stream != account_stream(self.fingerprint or "")

    def _anew(self, recorded: Recorded) -> AllAnew:
        beside = self._beside
        is_it = isinstance(beside, AllAnew) and beside.position == recorded.position
        return beside if is_it else self._read_anew(recorded)  # type: ignore[return-value]

    def _read_anew(self, recorded: Recorded) -> AllAnew:
        """The account of an event; where the clock was set right by it, everything."""
        fingerprint = self.fingerprint
        if self._is_of_another_account(recorded):
            fingerprint = recorded.stream.partition(":")[2]
        if recorded.set_right is None:
            return all_anew(self._read_streams, recorded.position, fingerprint, [], [], [])
        streams = sorted({one.stream for one in self.attempts.open.values()})
        kept = self.calls.kept()
        return all_anew(self._read_streams, recorded.position, fingerprint, list(self.campaigns), kept, streams)

    def _needs_more(self, recorded: Recorded) -> bool:
        """Whether an event of an attempt can be applied only with what the ledger has of its recipient, or of a call."""
        event: recipient.AttemptEvent = recorded.event  # type: ignore[assignment]
        if isinstance(event, recipient.AttemptStarted) or self._before(recorded) is not None:
            return False
        known = self.attempts.open.get(event.attempt_id)
        if known is None:
            return True
        if isinstance(event, recipient.AttemptAccepted) and not self.calls.is_settled(event.call_id):
            return False
        named = event.call_id if isinstance(event, recipient.AttemptAccepted | recipient.AttemptResolved) else None
        return any(i is not None and not self.calls.is_at_hand(i) for i in (named, known.attempt.call_id))

    def _before(self, recorded: Recorded) -> BeforeAttempt | None:
        beside = self._beside
        return beside if isinstance(beside, BeforeAttempt) and beside.position == recorded.position else None

    def _apply_attempt(self, stream: str, event: recipient.AttemptEvent, recorded: Recorded) -> None:
        at, read = recorded.counts_from, self._before(recorded)
        known = self.attempts.open.get(event.attempt_id)
        if isinstance(event, recipient.ATTEMPT_SENT) and event.attempt_id in self.attempts.started:
            self.counts.add_send(event.campaign_id, at)
        if isinstance(event, recipient.AttemptStarted):
            self.callers.start(event)
            before = recipient.INITIAL
        elif known is not None:
            before = recipient.RecipientState(attempts=(known.attempt,))
        else:
            before = (read or before_attempt(self._read_streams, recorded)).person
        attempt = recipient.evolve(before, event, at).attempt(event.attempt_id)
        if attempt is not None:
            own_call = self._own_call(event, attempt, read)
            self.attempts.keep(stream, attempt, own_call)
            was = before.attempt(event.attempt_id)
            self.counts.move(event.campaign_id, was, attempt)
            if was is None or (was.phase, was.call_id) != (attempt.phase, attempt.call_id):
                self._settle(attempt, own_call)

    def _own_call(
        self, event: recipient.AttemptEvent, attempt: recipient.Attempt, read: BeforeAttempt | None
    ) -> CallState:
        # Most calls that the provider gave just now were not heard of yet. What was heard of one that is not at hand
        # comes with the claim that follows in the same commit.
        if isinstance(event, recipient.AttemptAccepted) and not self.calls.is_settled(attempt.call_id):
            return self.calls.state_at_hand(attempt.call_id)
        if read is not None and read.call_id == attempt.call_id and not self.calls.is_at_hand(attempt.call_id or ""):
            return read.own_call
        return self.calls.state_at(attempt.call_id, self.position)

    def _apply_campaign(self, name: str, event: campaign.CampaignEvent, at: datetime) -> None:
        before = self.campaigns.get(name)
        state = campaign.evolve(before, event, at)
        if state is not None:
            self.campaigns[name] = state
            had = () if before is None else campaign.pool_numbers(before.plan)
            self.callers.begin_again(name, set(campaign.pool_numbers(state.plan)).difference(had))
        if isinstance(event, _BEGINS_TO_RUN):
            self.settled.begin_again(name)

    def _apply_call(self, call_id: str, recorded: Recorded) -> None:
        state = self.calls.apply(call_id, recorded)
        if state is not None and (state.ends or state.given_up):
            for attempt in self.attempts.end_call(call_id):
                self._settle(attempt, state)

    def _settle(self, attempt: recipient.Attempt, own_call: CallState) -> None:
        settled = settled_by(attempt, own_call)
        self.settled.add(attempt.campaign_id, settled)
        self.callers.end(attempt, settled)

    def _read_number(self, stream: str) -> str:
        return self.read_numbers({stream: stream})[stream]
