"""One person over all campaigns, read once: every spelling's stream, every call, each campaign, as they were known at a moment."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from application.queries.people import person_named
from application.queries.rang_back import told_inbound
from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.dialing import Beside, beside
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import RecipientState, Spelled, as_person, call_ids, each_spelled
from projections.calls_of import latest_of
from projections.folded import account_of, call_of, campaign_of, recipient_of

CALLS_SHOWN_MAX = 200
CAMPAIGNS_SHOWN_MAX = 100
Streams = Mapping[str, Sequence[Recorded]]


class CallKnown(Struct, frozen=True):
    """A call, its first event, and the steps of a script that were told in it, where they rang back with it."""

    first: Recorded
    state: CallState
    heard: Sequence[str] = ()


class KnownAs(Struct, frozen=True):
    """A person by one spelling, and their calls by id."""

    recipient: RecipientState
    calls: Mapping[str, CallState]


class PersonRead(Struct, frozen=True, kw_only=True):
    """What the ledger knew of a person.

    `streams` are those that there are of the spellings, `people` each of them folded, `calls` all that their attempts have,
    and the latest others that nobody claims; `more_calls` where there are more of these than are read. `enrolled` are the
    latest enrolments, a campaign and a spelling's stream each, the last first, of `enrolled_in_all`.
    """

    spelled: Spelled
    streams: Streams
    people: Mapping[str, RecipientState]
    calls: Mapping[str, CallKnown]
    more_calls: bool
    enrolled: Sequence[tuple[CampaignState, str]]
    enrolled_in_all: int
    account: AccountState
    moment: Moment

    def person(self, stream: str) -> RecipientState:
        """The person by one of the spellings, with what is known of the others."""
        return as_person(self.people[stream], [other for one, other in self.people.items() if one != stream])

    def known_as(self, stream: str) -> KnownAs:
        """The person by one of the spellings, with their calls: alike for all campaigns that have this spelling."""
        person = self.person(stream)
        calls = {call_id: self.calls.get(call_id) for call_id in call_ids(person)}
        return KnownAs(person, {call_id: CallState() if one is None else one.state for call_id, one in calls.items()})

    def others(self, campaign: CampaignState) -> tuple[Beside, ...]:
        """The other campaigns that they are in, where this one waits for some."""
        states = {one.campaign_id: one for one, _ in self.enrolled}
        return beside(campaign, each_spelled(list(self.people.values())), states.get)


def read_person(parts: Installation, named: str, moment: Moment) -> PersonRead:
    """The person with this number or pseudonym. The account has to be known; raises `NotFound` where nothing is known of them.

    Calls that nobody claims are found by the views, as far as these have come, and not where somebody else has claimed them
    since; all else is read from the ledger.
    """
    spelled = person_named(parts, named)
    streams = parts.ledger.read_streams(spelled.streams, moment.position)
    people = {stream: recipient_of(streams[stream]) for stream in spelled.streams if stream in streams}
    with parts.reads.reading() as taken:
        listed = latest_of(taken.connection, spelled, moment.position, CALLS_SHOWN_MAX + 1)
    enrolled = _enrolled(people)
    claimed = {call_id for one in people.values() for call_id in call_ids(one)}
    shown = {*claimed, *listed[:CALLS_SHOWN_MAX]}
    read = parts.ledger.read_streams(
        [
            account_stream(parts.in_flight.fingerprint or ""),
            *map(campaign_stream, sorted({campaign_id for campaign_id, _ in enrolled[:CAMPAIGNS_SHOWN_MAX]})),
            *map(call_stream, sorted(shown)),
        ],
        moment.position,
    )
    calls = _calls(shown, read, lambda i, state: i in claimed or _was_theirs(state, spelled))
    if not people and not calls:
        raise NotFound(
            "no campaign, suppression or call of this person is known, or was at that moment, in any spelling"
        )
    campaigns = {i: campaign_of(read.get(campaign_stream(i), ())) for i, _ in enrolled[:CAMPAIGNS_SHOWN_MAX]}
    return PersonRead(
        spelled=spelled,
        streams=streams,
        people=people,
        calls=calls,
        more_calls=len(listed) > CALLS_SHOWN_MAX,
        enrolled=[(found, stream) for i, stream in enrolled if (found := campaigns.get(i)) is not None],
        enrolled_in_all=len(enrolled),
        account=account_of(read.get(account_stream(parts.in_flight.fingerprint or ""), ())),
        moment=moment,
    )


def _enrolled(people: Mapping[str, RecipientState]) -> list[tuple[str, str]]:
    """A campaign's id and a spelling's stream each, of each spelling the last first."""
    return [(i, stream) for stream, person in people.items() for i in reversed(list(person.enrollments))]


def _was_theirs(state: CallState, spelled: Spelled) -> bool:
    claim, parties = state.claim, state.parties
    if claim is not None:
        return claim.recipient in spelled.streams
    return parties is not None and not {parties.from_number, parties.to_number}.isdisjoint(spelled.numbers)


def _calls(call_ids: set[str], read: Streams, were_theirs: Callable[[str, CallState], bool]) -> dict[str, CallKnown]:
    """Those that are known, the last first of which we first heard; the views list them by who has them now."""
    found = {
        i: CallKnown(events[0], call_of(events), told_inbound(events))
        for i in call_ids
        if (events := read.get(call_stream(i)))
    }
    theirs = [(i, one) for i, one in found.items() if were_theirs(i, one.state)]
    return dict(sorted(theirs, key=lambda one: one[1].first.position, reverse=True))
