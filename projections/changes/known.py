"""What the changes are told from: campaigns, the account, and people and calls as far as a position."""

from collections.abc import Callable, Mapping, Sequence

from domain import account, call, recipient
from domain.account import AccountState
from domain.call import CallState
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from projections.changes.folds import (
    FOLDS_KEPT_MAX,
    CallFold,
    CampaignFold,
    Kept,
    PersonFold,
    ReadStreams,
    fold_call,
    fold_person,
)
from projections.changes.kinds import KINDS
from projections.changes.standing import Standing
from projections.folded import account_of, campaign_of

ReadStandings = Callable[[Sequence[int]], Mapping[int, Standing]]
"""Where the recipients at these places stand, as far as the views have come."""


class KnownSoFar:
    """The ledger as far as `position`; people and calls are read where they are not at hand.

    `fingerprint` is the account whose held destinations count; where it is None, the one that was last heard of.
    `not_judged` are the events, by position, after which it could not be said where somebody stands, and what went wrong.
    """

    def __init__(
        self,
        read_streams: ReadStreams,
        read_standings: ReadStandings,
        fingerprint: str | None,
    ) -> None:
        self.position = 0
        self.campaigns: dict[str, CampaignFold] = {}
        self.account: AccountState = account.INITIAL
        self.fingerprint = fingerprint
        self._is_account_given = fingerprint is not None
        self.people: Kept[PersonFold] = Kept(fold_person, read_streams)
        self.calls: Kept[CallFold | None] = Kept(fold_call, read_streams)
        self.folds_kept_max = FOLDS_KEPT_MAX
        self.not_judged: dict[int, tuple[Recorded, str]] = {}
        self._read_streams = read_streams
        self._read_standings = read_standings

    def begin_at(self, position: int, campaigns: Mapping[int, str], heard_of: str | None = None) -> None:
        """Go on from a position, where there were these campaigns (number → id), and this account was last heard of."""
        self.position = position
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

    def take_account(self, recorded: Recorded) -> tuple[AccountState, AccountState]:
        """Take in an event of an account's stream; our account before it and after."""
        fingerprint, before = recorded.stream.partition(":")[2], self.account
        if fingerprint == self.fingerprint:
            self.account = account.evolve(before, recorded.event, recorded.counts_from)  # type: ignore[arg-type]
        elif not self._is_account_given:
            self.fingerprint = fingerprint
            events = self._read_streams([recorded.stream], recorded.position)
            self.account = account_of(events.get(recorded.stream, ()))
        return before, self.account

    def person(self, stream: str) -> PersonFold:
        """A person, and where they stand."""
        missing = self.people.load([stream], self.position)
        person = self.people.get(stream, self.position)
        if missing:
            self._read_where_they_stand([person])
        return person

    def call_state(self, call_id: str | None) -> CallState:
        """A call's state; of none, nothing."""
        fold = None if call_id is None else self.calls.get(call_stream(call_id), self.position)
        return CallState() if fold is None else fold.state

    def read_ahead(self, batch: Sequence[Recorded]) -> None:
        """Read what the batch will need and is not at hand, in a few queries."""
        people: set[str] = set()
        calls: set[str] = set()
        begun: set[str] = set()
        for recorded in batch:
            if recorded.version == 1:
                begun.add(recorded.stream)
            event = recorded.event
            kind = KINDS.get(type(event))
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
            self.calls.put(stream, None)
        self.calls.load(calls - begun, position)
        for stream in calls - begun:
            fold = self.calls.get(stream, position)
            if fold is not None:
                people.update(claim.recipient for claim in fold.state.claims)
        fresh = [self.people.get(stream, position) for stream in self.people.load(people - begun, position)]
        self.calls.load(
            {call_stream(a.call_id) for person in fresh for a in person.state.attempts if a.call_id} - begun, position
        )
        self._read_where_they_stand(fresh)

    def evict(self) -> None:
        """Forget the people and calls that were not used for longest."""
        self.people.evict(self.folds_kept_max)
        self.calls.evict(self.folds_kept_max)

    def _read_where_they_stand(self, people: Sequence[PersonFold]) -> None:
        places = {place: (person, campaign_id) for person in people for campaign_id, place in person.places.items()}
        if places:
            for place, standing in self._read_standings(list(places)).items():
                person, campaign_id = places[place]
                person.standings[campaign_id] = standing
            for person in people:  # an enrolment that the views were led past has no place in them
                person.places = {i: place for i, place in person.places.items() if i in person.standings}
