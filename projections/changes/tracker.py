"""From events to changes, batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import get_args

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.call import CallState
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import Attempt
from domain.zones import zone_key
from projections.changes.changes import (
    AttemptChanged,
    CallChanged,
    CampaignChanged,
    EnrollmentAdded,
    RecipientChanged,
    ViewChange,
)
from projections.changes.folds import (
    FOLDS_KEPT_MAX,
    CallFold,
    CampaignFold,
    Kept,
    PersonFold,
    ReadStreams,
    call_after,
    fold_call,
    fold_person,
    person_after,
    person_before,
)
from projections.changes.standing import Standing, standing_of
from projections.folded import account_of, campaign_of

ReadStandings = Callable[[Sequence[int]], Mapping[int, Standing]]
"""Where the recipients at these places stand, as far as the views have come."""
FindByPrefix = Callable[[str], Iterable[str]]
"""The streams of all who are enrolled with a number that begins so."""
FindDialled = Callable[[int], Iterable[str]]
"""The streams of all who are enrolled in the campaign with this number and were dialled, by whichever campaign."""

_KINDS: Mapping[type, str] = {
    event: kind
    for kind, events in (
        ("account", account.AccountEvent),
        ("call", call.CallEvent),
        ("campaign", campaign.CampaignEvent),
        ("recipient", recipient.RecipientEvent),
    )
    for event in get_args(events)
}
_ASKS_THE_VIEWS = (*get_args(account.AccountEvent), campaign.CampaignRevised)
_ATTEMPT_EVENTS = get_args(recipient.AttemptEvent)


class Tracker:
    """Knows the ledger's people and calls as far as `position`, reading those it has not at hand.

    `fingerprint` is the account whose held destinations count; where it is None, the one that was last heard of.
    """

    def __init__(
        self,
        read_streams: ReadStreams,
        read_standings: ReadStandings,
        find_by_prefix: FindByPrefix,
        find_dialled: FindDialled,
        fingerprint: str | None,
        folds_kept_max: int = FOLDS_KEPT_MAX,
    ) -> None:
        self.position = 0
        self.at: datetime | None = None
        self.campaigns: dict[str, CampaignFold] = {}
        self.account: AccountState = account.INITIAL
        self.fingerprint = fingerprint
        self._is_account_given = fingerprint is not None
        self._read_streams = read_streams
        self._read_standings = read_standings
        self._find_by_prefix = find_by_prefix
        self._find_dialled = find_dialled
        self._folds_kept_max = folds_kept_max
        self._people: Kept[PersonFold] = Kept(fold_person, read_streams)
        self._calls: Kept[CallFold | None] = Kept(fold_call, read_streams)

    def begin_at(
        self, position: int, at: datetime | None, campaigns: Mapping[int, str], heard_of: str | None = None
    ) -> None:
        """Go on from a position, where there were these campaigns (number → id), and this account was last heard of."""
        self.position, self.at = position, at
        if not self._is_account_given:
            self.fingerprint = heard_of
        streams = {campaign_stream(campaign_id): number for number, campaign_id in campaigns.items()}
        wanted = list(streams) if self.fingerprint is None else [*streams, account_stream(self.fingerprint)]
        for stream, events in self._read_streams(wanted, position).items():
            if stream not in streams:
                self.account = account_of(events)
                continue
            state = campaign_of(events)
            if state is not None:
                self.campaigns[state.campaign_id] = CampaignFold(streams[stream], state)

    @staticmethod
    def cut(batch: Sequence[Recorded]) -> Iterator[Sequence[Recorded]]:
        """The batch in parts, each to be written before the next is taken: whom a held destination or another policy concerns is asked of the views."""
        begin = 0
        for at, recorded in enumerate(batch):
            if at > begin and isinstance(recorded.event, _ASKS_THE_VIEWS):
                yield batch[begin:at]
                begin = at
        yield batch[begin:]

    def changes(self, batch: Sequence[Recorded]) -> list[ViewChange]:
        """What these events change, in order; they follow on one another and on what came before."""
        if len(batch) > 1:
            self._prepare(batch)
        found: list[ViewChange] = []
        for recorded in batch:
            self._take(recorded, found)
            self.position, self.at = recorded.position, recorded.recorded_at
        self._people.evict(self._folds_kept_max)
        self._calls.evict(self._folds_kept_max)
        return found

    def _prepare(self, batch: Sequence[Recorded]) -> None:
        """Read what the batch will need and is not at hand, in a few queries."""
        people: set[str] = set()
        calls: set[str] = set()
        begun: set[str] = set()
        for recorded in batch:
            if recorded.version == 1:
                begun.add(recorded.stream)
            event = recorded.event
            kind = _KINDS.get(type(event))
            if kind == "recipient":
                people.add(recorded.stream)
                if isinstance(event, (recipient.AttemptAccepted, recipient.AttemptResolved)) and event.call_id:
                    calls.add(call_stream(event.call_id))
            elif kind == "call":
                calls.add(recorded.stream)
                if isinstance(event, call.CallClaimed):
                    people.add(event.recipient)
        position = self.position
        for stream in calls & begun:
            self._calls.put(stream, None)
        self._calls.load(calls - begun, position)
        for stream in calls - begun:
            fold = self._calls.get(stream, position)
            if fold is not None:
                people.update(claim.recipient for claim in fold.state.claims)
        fresh = [self._people.get(stream, position) for stream in self._people.load(people - begun, position)]
        self._calls.load(
            {call_stream(a.call_id) for person in fresh for a in person.state.attempts if a.call_id} - begun, position
        )
        self._read_where_they_stand(fresh)

    def _read_where_they_stand(self, people: Sequence[PersonFold]) -> None:
        places = {place: (person, campaign_id) for person in people for campaign_id, place in person.places.items()}
        if places:
            for place, standing in self._read_standings(list(places)).items():
                person, campaign_id = places[place]
                person.standings[campaign_id] = standing
            for person in people:  # an enrolment that the views were led past has no place in them
                person.places = {i: place for i, place in person.places.items() if i in person.standings}

    def _person(self, stream: str) -> PersonFold:
        missing = self._people.load([stream], self.position)
        person = self._people.get(stream, self.position)
        if missing:
            self._read_where_they_stand([person])
        return person

    def _take(self, recorded: Recorded, found: list[ViewChange]) -> None:
        kind = _KINDS.get(type(recorded.event))
        if kind == "call":
            self._take_call(recorded, found)
        elif kind == "recipient":
            self._take_recipient(recorded, found)
        elif kind == "campaign":
            self._take_campaign(recorded, found)
        elif kind == "account":
            self._take_account(recorded, found)

    def _take_campaign(self, recorded: Recorded, found: list[ViewChange]) -> None:
        campaign_id = recorded.stream.partition(":")[2]
        before = self.campaigns.get(campaign_id)
        state = campaign.evolve(
            None if before is None else before.state,
            recorded.event,  # type: ignore[arg-type]
            recorded.recorded_at,
        )
        if state is None:
            return
        after = CampaignFold(recorded.position if before is None else before.number, state)
        self.campaigns[campaign_id] = after
        if before is not None and before.state.plan.policy != state.plan.policy:
            for stream in self._find_dialled(after.number):
                self._recompute_status(self._person(stream), recorded, found, only=campaign_id)
        found.append(CampaignChanged(recorded.position, recorded.recorded_at, before, after))

    def _take_account(self, recorded: Recorded, found: list[ViewChange]) -> None:
        fingerprint, before = recorded.stream.partition(":")[2], self.account
        if fingerprint == self.fingerprint:
            self.account = account.evolve(before, recorded.event, recorded.recorded_at)  # type: ignore[arg-type]
        elif not self._is_account_given:
            self.fingerprint = fingerprint
            events = self._read_streams([recorded.stream], recorded.position)
            self.account = account_of(events.get(recorded.stream, ()))
        prefixes = before.held_prefixes.keys() ^ self.account.held_prefixes.keys()
        for stream in sorted({stream for prefix in prefixes for stream in self._find_by_prefix(prefix)}):
            self._recompute_status(self._person(stream), recorded, found)

    def _take_recipient(self, recorded: Recorded, found: list[ViewChange]) -> None:
        event, stream = recorded.event, recorded.stream
        if recorded.version == 1:
            person = person_before()
            self._people.put(stream, person)
        else:
            person = self._person(stream)
        before = person.state
        person_after(person, recorded)
        if isinstance(event, recipient.RecipientEnrolled):
            known = self.campaigns.get(event.campaign_id)
            if known is not None:
                found.append(
                    EnrollmentAdded(
                        recorded.position,
                        recorded.recorded_at,
                        known.number,
                        stream,
                        event.number,
                        event.zone,
                        zone_key(event.zone, event.number),
                        event.variables,
                    )
                )
                self._recompute_status(person, recorded, found, only=event.campaign_id)
            return
        if isinstance(event, _ATTEMPT_EVENTS):
            self._attempt_changed(person, before.attempt(event.attempt_id), stream, event, recorded, found)
        self._recompute_status(person, recorded, found)

    def _attempt_changed(
        self,
        person: PersonFold,
        before: Attempt | None,
        stream: str,
        event: recipient.AttemptEvent,
        recorded: Recorded,
        found: list[ViewChange],
    ) -> None:
        after = person.state.attempt(event.attempt_id)
        known = self.campaigns.get(event.campaign_id)
        if after is None or known is None:
            return
        is_first = before is None and len(person.state.attempts_in(event.campaign_id)) == 1
        found.append(
            AttemptChanged(
                recorded.position,
                recorded.recorded_at,
                known.number,
                stream,
                before,
                after,
                self._is_open(after),
                is_first,
                isinstance(event, recipient.ATTEMPT_SENT) and before is not None and before.phase == "started",
            )
        )

    def _is_open(self, attempt: Attempt) -> bool:
        return attempt.holds_slot(self._call_state(attempt.call_id))

    def _call_state(self, call_id: str | None) -> CallState:
        fold = None if call_id is None else self._calls.get(call_stream(call_id), self.position)
        return CallState() if fold is None else fold.state

    def _take_call(self, recorded: Recorded, found: list[ViewChange]) -> None:
        stream = recorded.stream
        before = None if recorded.version == 1 else self._calls.get(stream, self.position)
        after = call_after(before, recorded)
        self._calls.put(stream, after)
        call_id = stream.partition(":")[2]
        found.append(
            CallChanged(
                recorded.position,
                recorded.recorded_at,
                call_id,
                before,
                after,
                self._number_of(before),
                self._number_of(after),
            )
        )
        if after.claim is None:
            return
        was = CallState() if before is None else before.state
        if was.claims == after.state.claims and _matters(before) == _matters(after):
            return
        is_open = after.outcome is None and not after.state.given_up
        moved = is_open != (before is None or (before.outcome is None and not was.given_up))
        for stream_of_owner in sorted({claim.recipient for claim in after.state.claims}):
            person = self._person(stream_of_owner)
            if moved:
                self._attempts_of_call_changed(person, stream_of_owner, call_id, recorded, found)
            self._recompute_status(person, recorded, found)

    def _attempts_of_call_changed(
        self, person: PersonFold, stream: str, call_id: str, recorded: Recorded, found: list[ViewChange]
    ) -> None:
        for attempt in person.state.attempts:
            known = self.campaigns.get(attempt.campaign_id)
            if attempt.call_id == call_id and known is not None:
                found.append(
                    AttemptChanged(
                        recorded.position,
                        recorded.recorded_at,
                        known.number,
                        stream,
                        attempt,
                        attempt,
                        self._is_open(attempt),
                        False,
                        False,
                    )
                )

    def _number_of(self, fold: CallFold | None) -> int | None:
        claim = None if fold is None else fold.claim
        known = None if claim is None else self.campaigns.get(claim.campaign_id)
        return None if known is None else known.number

    def _recompute_status(
        self, person: PersonFold, recorded: Recorded, found: list[ViewChange], only: str | None = None
    ) -> None:
        calls = {a.call_id: self._call_state(a.call_id) for a in person.state.attempts if a.call_id is not None}
        for campaign_id, place in person.places.items():
            known = self.campaigns.get(campaign_id)
            if known is None or (only is not None and campaign_id != only):
                continue
            before = person.standings.get(campaign_id)
            after = standing_of(
                person.state,
                known.state,
                calls,
                self.account,
                recorded.recorded_at,
                recorded.position,
                before,
            )
            if after != before:
                person.standings[campaign_id] = after
                key = zone_key(person.state.enrollments[campaign_id].zone, person.state.number)
                found.append(
                    RecipientChanged(recorded.position, recorded.recorded_at, known.number, place, key, before, after)
                )


def _matters(fold: CallFold | None) -> tuple[object, ...]:
    """What of a call its recipient's standing hangs on."""
    if fold is None:
        return False, None, None, False
    state = fold.state
    return state.answered, fold.outcome, None if fold.outcome is None else state.ended_at, state.given_up
