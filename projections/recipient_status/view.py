"""The fold itself: from events to where every recipient stands."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import get_args

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.call import CallState
from domain.dialing import Verdict, judge
from domain.events import Recorded
from domain.matching import MATCH_WINDOW, UnresolvedAttempt
from domain.recipient import Attempt, RecipientState
from domain.recipient.status import STATUSES, Status, status_of
from projections.recipient_status.rows import Calls, CampaignRows, Person, RecipientRow

SLOT_HELD_MAX = timedelta(hours=2)
OPEN_STATUSES: frozenset[Status] = frozenset({"queued", "dialing", "in_progress"})
_ACCOUNT_EVENTS = get_args(account.AccountEvent)
_ATTEMPT_EVENTS = get_args(recipient.AttemptEvent)
_CALL_EVENTS = get_args(call.CallEvent)
_CAMPAIGN_EVENTS = get_args(campaign.CampaignEvent)
_RECIPIENT_EVENTS = get_args(recipient.RecipientEvent)
_WAS_SENT = (recipient.AttemptAccepted, recipient.AttemptRefused, recipient.AttemptUnresolved)
_HOLDS_A_SLOT = frozenset({"started", "unresolved", "accepted"})


class RecipientStatusView:
    """The fold. `position` is the last event that it has taken in, `fingerprint` the account that it watches.

    Where no account is given (a command without an API key), it is the one that was last heard of.
    """

    def __init__(self, account_fingerprint: str | None, only_numbers: Collection[str] | None = None) -> None:
        self.position = 0
        self.account: AccountState = account.INITIAL
        self.campaigns: dict[str, CampaignRows] = {}
        self.started: dict[str, str] = {}
        self.recipient_of_attempt: dict[str, str] = {}
        self.fingerprint = account_fingerprint
        self._is_account_given = account_fingerprint is not None
        self.only_numbers = only_numbers
        self._people: dict[str, Person] = {}
        self.calls = Calls()
        self._expiries: list[tuple[datetime, str]] = []
        self._passed = datetime.min.replace(tzinfo=UTC)

    def apply(self, recorded: Recorded) -> None:
        """Take in the next event."""
        event, at = recorded.event, recorded.recorded_at
        self.pass_time(at)
        _, _, name = recorded.stream.partition(":")
        if isinstance(event, _CALL_EVENTS):
            self._apply_call(name, event, at)
        elif isinstance(event, _RECIPIENT_EVENTS):
            self._apply_recipient(recorded.stream, event, at)
        elif isinstance(event, _CAMPAIGN_EVENTS):
            self._apply_campaign(name, event, at)
        elif isinstance(event, _ACCOUNT_EVENTS) and (name == self.fingerprint or not self._is_account_given):
            self.fingerprint = name
            self._apply_account(event, at)
        self.position = recorded.position

    @property
    def passed(self) -> datetime:
        """The latest instant that was taken in; it never goes back."""
        return self._passed

    def pass_time(self, now: datetime) -> None:
        """Take in that it is `now`: whose suppression has ended by itself is put back."""
        self._passed = max(self._passed, now)
        while self._expiries and self._expiries[0][0] <= self._passed:
            _, stream = heappop(self._expiries)
            self._refresh(stream, self._people[stream], now)

    def person(self, stream: str) -> RecipientState:
        """A person's state, by their stream."""
        found = self._people.get(stream)
        return recipient.INITIAL if found is None else found.state

    def calls_of(self, stream: str) -> Mapping[str, CallState]:
        """A person's calls, by id."""
        found = self._people.get(stream)
        return {} if found is None else {i: self.calls.get(i) for i in found.call_ids}

    def ended_calls(self, stream: str) -> frozenset[str]:
        """Which of a person's calls have ended."""
        return frozenset(i for i, state in self.calls_of(stream).items() if state.phase == "ended")

    def verdict(self, campaign_id: str, stream: str, now: datetime, but: str | None = None) -> Verdict:
        """May this recipient be dialled at `now`? As if the attempt `but` had not been started."""
        state = self.person(stream)
        if but is not None:
            state = recipient.without_attempt(state, but)
        return judge(
            self.campaigns[campaign_id].state,
            state,
            self.account,
            state.open_attempts(self.ended_calls(stream)),
            now,
            self.only_numbers,
        )

    def row(self, campaign_id: str, stream: str, now: datetime) -> RecipientRow:
        """One recipient as they stand at `now`."""
        state = self.person(stream)
        status = status_of(state, campaign_id, self.calls_of(stream), self.verdict(campaign_id, stream, now))
        return RecipientRow(stream=stream, state=state, status=status)

    def rows(
        self, campaign_id: str, now: datetime, after: int, wanted: Status | None = None
    ) -> Iterator[tuple[int, RecipientRow]]:
        """A campaign's recipients in the order of enrolment, each with its place (from 1), those after a place.

        With `wanted`, only those that have this status; the others are passed over without folding them.
        """
        self.pass_time(now)
        campaign_rows = self.campaigns[campaign_id]
        kept: Collection[Status] = (wanted,) if wanted is not None else STATUSES
        if wanted == "withdrawn" and campaign_rows.state.phase == "canceled":
            kept = ("withdrawn", "queued", "held")
        for place, (stream, status) in enumerate(campaign_rows.statuses.items(), start=1):
            if place <= after or status not in kept:
                continue
            row = self.row(campaign_id, stream, now)
            if wanted is None or row.status.status == wanted:
                yield place, row

    def counts(self, campaign_id: str) -> Mapping[Status, int]:
        """How many recipients have each status."""
        rows = self.campaigns[campaign_id]
        counts = dict(rows.counts)
        if rows.state.phase == "canceled":
            counts["withdrawn"] += counts["queued"] + counts["held"]
            counts["queued"] = counts["held"] = 0
        return counts

    def slots_held(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls may be under way, those not counted that have been for too long to believe."""
        return sum(1 for since in self.campaigns[campaign_id].slots.values() if now - since < SLOT_HELD_MAX)

    def slots_overdue(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls have been open for too long to believe; their slots are used again."""
        return sum(1 for since in self.campaigns[campaign_id].slots.values() if now - since >= SLOT_HELD_MAX)

    def sends_since(self, campaign_id: str, since: datetime) -> list[datetime]:
        """When the requests of a campaign left, at the latest: the instants at which their outcomes were recorded."""
        return [at for at in self.campaigns[campaign_id].sends if at >= since]

    def next_queued(self, campaign_id: str, but: Collection[str]) -> str | None:
        """Who waits for longest, leaving out those that the caller is busy with."""
        return next((stream for stream in self.campaigns[campaign_id].queue if stream not in but), None)

    def nobody_left(self, campaign_id: str, now: datetime) -> bool:
        """Whether a campaign has called all it can, and nothing of it is open."""
        self.pass_time(now)
        rows = self.campaigns[campaign_id]
        if not rows.statuses or any(rows.counts[status] for status in OPEN_STATUSES):
            return False
        if any(now - since < MATCH_WINDOW for since in rows.unresolved.values()):
            return False
        return not rows.counts["held"] or not any(
            self._will_pass(self.row(campaign_id, stream, now), now)
            for stream, status in rows.statuses.items()
            if status == "held"
        )

    def _will_pass(self, row: RecipientRow, now: datetime) -> bool:
        """Whether a recipient is held only for a time: until an instant, or until another campaign's call has ended."""
        if row.status.reason != "open_attempt":
            return row.status.until is not None
        open_ids = row.state.open_attempts(self.ended_calls(row.stream))
        return not any(
            (a.phase == "unresolved" and now - a.changed_at >= MATCH_WINDOW) or self.calls.get(a.call_id).is_lost
            for a in row.state.attempts
            if a.attempt_id in open_ids
        )

    def _apply_campaign(self, campaign_id: str, event: campaign.CampaignEvent, at: datetime) -> None:
        rows = self.campaigns.get(campaign_id)
        state = campaign.evolve(None if rows is None else rows.state, event, at)
        if state is None:
            return
        if rows is None:
            self.campaigns[campaign_id] = CampaignRows(state)
        else:
            rows.state = state

    def _apply_account(self, event: account.AccountEvent, at: datetime) -> None:
        self.account = account.evolve(self.account, event, at)
        if isinstance(event, (account.DestinationHeld, account.DestinationReleased)):
            for stream, person in self._people.items():
                if person.state.number.startswith(event.prefix):
                    self._refresh(stream, person, at)

    def _apply_recipient(self, stream: str, event: recipient.RecipientEvent, at: datetime) -> None:
        person = self._people.setdefault(stream, Person())
        person.state = recipient.evolve(person.state, event, at)
        if isinstance(event, (recipient.AttemptAccepted, recipient.AttemptResolved)) and event.call_id is not None:
            person.call_ids = (*person.call_ids, event.call_id)
            self.calls.owned(event.call_id, stream)
        if isinstance(event, recipient.AttemptStarted):
            self.recipient_of_attempt[event.attempt_id] = stream
        if isinstance(event, _ATTEMPT_EVENTS):
            self._move_attempt(stream, person.state.attempt(event.attempt_id))
        if isinstance(event, _WAS_SENT) and event.campaign_id in self.campaigns:
            self.campaigns[event.campaign_id].sends.append(at)
        if isinstance(event, recipient.RecipientSuppressed) and event.expires_at is not None:
            heappush(self._expiries, (event.expires_at, stream))
        self._refresh(stream, person, at)

    def _apply_call(self, call_id: str, event: call.CallEvent, at: datetime) -> None:
        before = self.calls.get(call_id)
        if isinstance(event, call.Report):
            after = call.join(before, event)
        else:
            after = call.evolve(call.CallHistory(state=before), event, at).state
        self.calls.change(call_id, after, at)
        owners = self.calls.owners.get(call_id)
        if owners is None or _matters(before) == _matters(after):
            return
        for owner in owners:
            person = self._people[owner]
            for attempt in person.state.attempts:
                if attempt.call_id == call_id:
                    self._move_attempt(owner, attempt)
            self._refresh(owner, person, at)

    def unresolved_attempts(self, campaign_id: str | None = None) -> list[UnresolvedAttempt]:
        """The attempts of which nobody knows whether there is a call, of one campaign or of all, the oldest first."""
        found = []
        for rows in self.campaigns.values():
            if campaign_id is not None and rows.state.campaign_id != campaign_id:
                continue
            for attempt_id in rows.unresolved:
                stream = self.recipient_of_attempt[attempt_id]
                attempt = self.person(stream).attempt(attempt_id)
                if attempt is not None:
                    found.append(
                        UnresolvedAttempt(
                            attempt_id=attempt_id,
                            campaign_id=attempt.campaign_id,
                            stream=stream,
                            from_number=rows.state.plan.caller_number,
                            to_number=self.person(stream).number,
                            started_at=attempt.started_at,
                        )
                    )
        return sorted(found, key=lambda attempt: attempt.started_at)

    def _move_attempt(self, stream: str, attempt: Attempt | None) -> None:
        if attempt is None or attempt.campaign_id not in self.campaigns:
            return
        rows = self.campaigns[attempt.campaign_id]
        own_call = self.calls.get(attempt.call_id)
        ended = own_call.phase == "ended" or own_call.is_lost
        _keep(rows.slots, attempt.attempt_id, attempt.started_at, attempt.phase in _HOLDS_A_SLOT and not ended)
        _keep(rows.unresolved, attempt.attempt_id, attempt.changed_at, attempt.phase == "unresolved")
        if attempt.phase == "started":
            self.started[attempt.attempt_id] = stream
        else:
            self.started.pop(attempt.attempt_id, None)

    def _status(self, campaign_id: str, stream: str, state: RecipientState, at: datetime) -> Status:
        untouched = not state.attempts and state.suppression is None and not state.enrollments[campaign_id].withdrawn
        if untouched and not self.account.held_prefixes and self.only_numbers is None:
            return "queued"
        return self.row(campaign_id, stream, at).status.status

    def _refresh(self, stream: str, person: Person, at: datetime) -> None:
        at = max(at, self._passed)
        for campaign_id in person.state.enrollments:
            rows = self.campaigns.get(campaign_id)
            if rows is None:
                continue
            status = self._status(campaign_id, stream, person.state, at)
            before = rows.statuses.get(stream)
            if before == status:
                continue
            if before is not None:
                rows.counts[before] -= 1
            rows.counts[status] += 1
            rows.statuses[stream] = status
            if status == "queued":
                rows.queue[stream] = None
            else:
                rows.queue.pop(stream, None)


def _matters(state: CallState) -> tuple[object, ...]:
    """What of a call its recipient's status hangs on."""
    return state.phase, state.reached, state.outcome, state.given_up


def _keep(where: dict[str, datetime], attempt_id: str, since: datetime, holds: bool) -> None:
    if holds:
        where.setdefault(attempt_id, since)
    else:
        where.pop(attempt_id, None)
