"""What the changes are told from: campaigns, the account, and people and calls as far as a position."""

from collections.abc import Callable, Collection, Mapping, Sequence

from domain import account, call, recipient
from domain.account import AccountState
from domain.call import CallState
from domain.events import Recorded
from domain.identity import account_stream, call_id_of, call_stream, campaign_stream
from domain.recipient import (
    Attempt,
    ConsentGiven,
    ConsentRevoked,
    RecipientEnrolled,
    RecipientState,
    RecipientSuppressed,
    StreamOf,
    as_person,
    other_streams,
)
from domain.zones import zone_key
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
from projections.outcome import Heard, heard_of

NAMES_A_NUMBER = (RecipientEnrolled, RecipientSuppressed, ConsentGiven, ConsentRevoked)
"""The events by which a stream comes to be of a number, and of one person with those of its other spellings."""
ReadStandings = Callable[[Sequence[int]], Mapping[int, Standing]]
"""Where the recipients at these places stand, as far as the views have come."""
ReadSpellings = Callable[[Collection[str]], Mapping[str, Sequence[str]]]
"""The streams of the other spellings of these people, as far as the views have come; those without any are left out."""


class KnownSoFar:
    """The ledger as far as `position`; people and calls are read where they are not at hand.

    `fingerprint` is the account whose held destinations count; where it is None, the one that was last heard of.
    `not_judged` are the events, by position, after which it could not be said where somebody stands, and what went wrong.
    """

    def __init__(
        self,
        read_streams: ReadStreams,
        read_standings: ReadStandings,
        read_spellings: ReadSpellings,
        stream_of: StreamOf,
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
        self._read_spellings = read_spellings
        self._stream_of = stream_of
        self._absent: set[str] = set()

    def begin_at(self, position: int, campaigns: Mapping[int, str], heard_of: str | None = None) -> None:
        """Go on from a position, where there were these campaigns (number → id), and this account was last heard of."""
        self.position = position
        if not self._is_account_given:
            self.fingerprint = heard_of
        self._read_states({campaign_stream(campaign_id): number for number, campaign_id in campaigns.items()})

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

    def set_right(self, position: int) -> None:
        """Fold anew what is at hand, at the position where it was acknowledged that the clock had been ahead."""
        self.position = position
        campaigns = {campaign_stream(campaign_id): fold.number for campaign_id, fold in self.campaigns.items()}
        self._read_states(campaigns)
        self.calls.forget()
        streams = self.people.streams()
        read = self._read_streams(streams, position)
        for stream in streams:
            person = self.people.get(stream, position)
            person.state, person.calls = fold_person(read.get(stream, ())).state, None

    def _read_states(self, campaigns: Mapping[str, int]) -> None:
        """The campaigns behind these streams, by their numbers, and our account."""
        wanted = list(campaigns) if self.fingerprint is None else [*campaigns, account_stream(self.fingerprint)]
        for stream, events in self._read_streams(wanted, self.position).items():
            if stream not in campaigns:
                self.account = account_of(events)
                continue
            state = campaign_of(events)
            if state is not None:
                self.campaigns[state.campaign_id] = CampaignFold(campaigns[stream], state)

    def person(self, stream: str) -> PersonFold:
        """A person, and where they stand."""
        found = self.people.kept(stream)
        if found is None:
            self._read_more(self.people.load([stream], self.position))
            found = self.people.get(stream, self.position)
        return found

    def zone_key(self, stream: str, campaign_id: str) -> str:
        """What somebody's clock is judged by in a campaign; empty where they are not in it, or no zone is known."""
        state = self.person(stream).state
        enrollment = state.enrollments.get(campaign_id)
        return "" if enrollment is None else zone_key(enrollment.zone, state.number)

    def whole_person(self, stream: str) -> RecipientState:
        """A person by all spellings of the number."""
        own = self.person(stream)
        return as_person(own.state, [self.person(one).state for one in own.others]) if own.others else own.state

    def find_spellings(self, stream: str, number: str) -> list[str]:
        """Which other spellings of somebody there are, as the first event of a stream is taken in: kept on both sides."""
        wanted = other_streams(number, self._stream_of)
        self._load_existing([one for one in wanted if one not in self._absent])
        own = self.person(stream)
        for one in wanted:
            other = self.people.kept(one)
            if other is not None and other.state.number:
                own.others.append(one)
                if stream not in other.others:  # the views may know already what this is told of again
                    other.others.append(stream)
        return own.others

    def calls_of(self, stream: str) -> Mapping[str, CallState]:
        """The calls of a person's attempts by id, those of all spellings. Kept, for to gather them anew is to go through all."""
        own = self.person(stream)
        found = self.own_calls(own)
        for other in own.others:
            found = found | self.own_calls(self.person(other))
        return found

    def own_calls(self, person: PersonFold) -> dict[str, CallState]:
        """The calls of one spelling's attempts, by id."""
        if person.calls is None:
            person.calls = {a.call_id: self.call_state(a.call_id) for a in person.state.attempts if a.call_id}
        return person.calls

    def take_attempt(self, person: PersonFold, before: Attempt | None, after: Attempt | None) -> None:
        """An attempt of somebody's has changed: its call is among theirs. Where it had another, theirs are gathered anew."""
        was, now = (None if one is None else one.call_id for one in (before, after))
        if was is not None and was != now:
            person.calls = None
        elif person.calls is not None and now is not None:
            person.calls[now] = self.call_state(now)

    def take_call(self, stream: str, fold: CallFold) -> None:
        """Keep a call as it is now, with those whose attempts it is of."""
        self.calls.put(stream, fold)
        call_id = call_id_of(stream) or ""
        for claim in fold.state.claims:
            person = self.people.kept(claim.recipient)
            if person is not None and person.calls is not None and call_id in person.calls:
                person.calls[call_id] = fold.state

    def call_state(self, call_id: str | None) -> CallState:
        """A call's state; of none, nothing."""
        fold = None if call_id is None else self.calls.get(call_stream(call_id), self.position)
        return CallState() if fold is None else fold.state

    def read_ahead(self, batch: Sequence[Recorded]) -> None:
        """Read what the batch will need and is not at hand, in a few queries."""
        people: set[str] = set()
        calls: set[str] = set()
        begun: set[str] = set()
        spellings: set[str] = set()
        for recorded in batch:
            event = recorded.event
            if recorded.version == 1:
                begun.add(recorded.stream)
                if isinstance(event, NAMES_A_NUMBER):
                    spellings.update(other_streams(event.number, self._stream_of))
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
        self._load_existing(spellings - begun)
        self._absent = {one for one in spellings if self.people.kept(one) is None}
        self._read_more(self.people.load(people - begun, position), begun)

    def evict(self) -> None:
        """Forget the people and calls that were not used for longest."""
        self._absent = set()
        self.people.evict(self.folds_kept_max)
        self.calls.evict(self.folds_kept_max)

    def _load_existing(self, streams: Collection[str]) -> None:
        self._read_more(self.people.load_existing(streams, self.position))

    def _read_more(self, loaded: Collection[str], begun: Collection[str] = ()) -> None:
        """What goes with people who were just loaded: their other spellings, their calls, and where all of them stand."""
        fresh = [*loaded, *self._load_spellings(loaded)]
        people = [self.people.get(stream, self.position) for stream in fresh]
        calls = {call_stream(a.call_id) for person in people for a in person.state.attempts if a.call_id}
        self.calls.load(calls - set(begun), self.position)
        self._read_where_they_stand(people)
        for stream, person in zip(fresh, people, strict=True):
            if any(a.call_id is not None for a in person.state.attempts) or person.others:
                person.heard = self._heard_of(stream, person)

    def _heard_of(self, stream: str, person: PersonFold) -> dict[str, Heard]:
        """What was heard of one spelling of somebody by now, for each of their campaigns."""
        whole = self.whole_person(stream)
        calls = self.calls_of(stream)
        return {campaign_id: heard_of(whole, campaign_id, calls) for campaign_id in person.places}

    def _load_spellings(self, loaded: Collection[str]) -> list[str]:
        """Load the other spellings of these people; which of them were loaded just now. They all know each other."""
        fresh: list[str] = []
        found = self._read_spellings(loaded) if loaded else {}
        for stream, others in found.items():
            self.people.get(stream, self.position).others = list(others)
            fresh += self.people.load(others, self.position)
        return fresh + (self._load_spellings(fresh) if fresh else [])

    def _read_where_they_stand(self, people: Sequence[PersonFold]) -> None:
        places = {place: (person, campaign_id) for person in people for campaign_id, place in person.places.items()}
        if places:
            for place, standing in self._read_standings(list(places)).items():
                person, campaign_id = places[place]
                person.standings[campaign_id] = standing
            for person in people:  # an enrolment that the views were led past has no place in them
                person.places = {i: place for i, place in person.places.items() if i in person.standings}
