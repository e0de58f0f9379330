"""The fold of all that is under way, part by part."""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.breaker import settled_by
from domain.call import CallState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.identity import account_stream, call_id_of, campaign_stream
from projections.changes import ReadStreams
from projections.folded import account_of, campaign_of, recipient_of
from projections.in_flight.attempt_counts import AttemptCounts
from projections.in_flight.loaded import LoadedInFlight
from projections.in_flight.open_attempts import OpenAttempts
from projections.in_flight.watched_calls import WatchedCalls
from projections.settled_attempts import SettledAttempts

_ACCOUNT_EVENTS = get_args(account.AccountEvent)
_ATTEMPT_EVENTS = get_args(recipient.AttemptEvent)
_CALL_EVENTS = get_args(call.CallEvent)
_CAMPAIGN_EVENTS = get_args(campaign.CampaignEvent)
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
        self._is_account_given = fingerprint is not None
        self._read_streams = read_streams

    def load(self, loaded: LoadedInFlight) -> None:
        """Begin where the views are."""
        position = self.position = loaded.position
        if self.fingerprint is None:
            self.fingerprint = loaded.fingerprint
        self._read(loaded.campaign_ids, loaded.watched_calls, loaded.open_streams)
        for campaign_id, sends in loaded.sends.items():
            self.settled.load(campaign_id, sends, self._read_streams, position)
        self.counts.load(loaded.sends, loaded.placed, loaded.begun)

    def _read(self, campaign_ids: Sequence[str], watched_calls: Sequence[str], open_streams: Sequence[str]) -> None:
        """Campaigns, the account, calls and attempts as the ledger has them at this position."""
        position = self.position
        read = self._read_streams([campaign_stream(campaign_id) for campaign_id in campaign_ids], position)
        for campaign_id in campaign_ids:
            state = campaign_of(read.get(campaign_stream(campaign_id), ()))
            if state is not None:
                self.campaigns[campaign_id] = state
        if self.fingerprint is not None:
            stream = account_stream(self.fingerprint)
            self.account = account_of(self._read_streams([stream], position).get(stream, ()))
        self.calls.load(watched_calls, position)
        for stream, events in self._read_streams(open_streams, position).items():
            for attempt in recipient_of(events).attempts:
                self.attempts.keep(stream, attempt, self.calls.state_at(attempt.call_id, position))

    def apply(self, recorded: Recorded) -> None:
        """Take in the next event."""
        event, at = recorded.event, recorded.counts_from
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
        self.position = max(self.position, recorded.position)
        if recorded.set_right is not None:
            self._set_right(recorded.set_right.at)

    def must_read(self, recorded: Recorded) -> bool:
        """Whether an event is of a call that is not watched any more, or was not when this began."""
        if not isinstance(recorded.event, _CALL_EVENTS):
            return False
        return self.calls.must_read(call_id_of(recorded.stream) or "", recorded)

    def read(self, recorded: Recorded) -> CallState:
        """The call as it was before an event; in any thread."""
        return self.calls.read_before(call_id_of(recorded.stream) or "", recorded)

    def know(self, stream: str, found: CallState) -> None:
        """Have a call at hand that was read."""
        self.calls.know(call_id_of(stream) or "", found)

    def _set_right(self, at: datetime) -> None:
        """It was acknowledged that the clock had been ahead: whatever counts from a time is read anew, as it is believed."""
        self.calls.set_right(at)
        self.counts.set_right(at)
        streams = sorted({one.stream for one in self.attempts.open.values()})
        self._read(list(self.campaigns), list(self.calls.watched), streams)

    def _apply_attempt(self, stream: str, event: recipient.AttemptEvent, recorded: Recorded) -> None:
        at = recorded.counts_from
        known = self.attempts.open.get(event.attempt_id)
        if isinstance(event, recipient.ATTEMPT_SENT) and event.attempt_id in self.attempts.started:
            self.counts.add_send(event.campaign_id, at)
        if isinstance(event, recipient.AttemptStarted):
            before = recipient.INITIAL
        elif known is not None:
            before = recipient.RecipientState(attempts=(known.attempt,))
        else:
            before = recipient_of(self._read_streams([stream], recorded.position - 1).get(stream, ()))
        attempt = recipient.evolve(before, event, at).attempt(event.attempt_id)
        if attempt is not None:
            # A call that the provider gave just now is either watched already or not heard of yet; an old one may be over.
            is_new = isinstance(event, recipient.AttemptAccepted) and not self.calls.is_settled(attempt.call_id)
            own_call = (
                self.calls.state(attempt.call_id) if is_new else self.calls.state_at(attempt.call_id, self.position)
            )
            self.attempts.keep(stream, attempt, own_call)
            was = before.attempt(event.attempt_id)
            self.counts.move(event.campaign_id, was, attempt)
            if was is None or (was.phase, was.call_id) != (attempt.phase, attempt.call_id):
                self.settled.add(event.campaign_id, settled_by(attempt, own_call))

    def _apply_call(self, call_id: str, recorded: Recorded) -> None:
        state = self.calls.apply(call_id, recorded)
        if state is not None and (state.phase == "ended" or state.is_lost):
            for attempt in self.attempts.end_call(call_id):
                self.settled.add(attempt.campaign_id, settled_by(attempt, state))

    def _read_number(self, stream: str) -> str:
        return recipient_of(self._read_streams([stream], self.position).get(stream, ())).number
