"""What happened so far, in a ledger and in folds of its streams."""

from collections.abc import Iterable
from datetime import timedelta

from domain import account, call, campaign, recipient
from domain.account import AccountState
from domain.call import CallHistory
from domain.campaign import CampaignState
from domain.dialing import Verdict, judge
from domain.events import Event, Recorded
from domain.person import spellings
from domain.recipient import RecipientState
from tests.projections.feed_ledger import FeedLedger
from tests.projections.recording import T0

FINGERPRINT, OTHER_FINGERPRINT = "f00d", "beef"
SECOND = timedelta(seconds=1)
GRAIN = timedelta(microseconds=1)


def stream_of(number: str) -> str:
    """The stream of a person, readable here."""
    return f"recipient:{number}"


class KeptWorld:
    """What happened so far, in the ledger and in folds of its streams."""

    def __init__(self) -> None:
        self.now = T0
        self.ledger = FeedLedger()
        self.campaigns: dict[str, CampaignState] = {}
        self.people: dict[str, RecipientState] = {}
        self.calls: dict[str, CallHistory] = {}
        self.account: AccountState = account.INITIAL
        self.accounts: dict[str, AccountState] = {}
        self._attempts = 0

    def record(self, stream: str, event: Event) -> None:
        """One event, in the ledger and in the folds."""
        self.now += SECOND
        position = self.ledger.position + 1
        last = self.ledger.feed[-1].recorded_at if position > 1 else self.now - SECOND
        recorded_at = max(self.now, last + GRAIN)
        one = Recorded(
            position=position,
            event_id=f"event-{position}",
            stream=stream,
            version=self.ledger.versions(stream) + 1,
            recorded_at=recorded_at,
            metadata={},
            event=event,
            clock_at=None if recorded_at == self.now else self.now,
        )
        self.ledger.add(one)
        if one.set_right is None:
            self._fold(one)
        else:
            self._fold_anew()

    def record_all(self, stream: str, events: Iterable[Event]) -> None:
        """What a decision decided."""
        for event in events:
            self.record(stream, event)

    def person(self, number: str) -> RecipientState:
        return self.people.get(stream_of(number), recipient.INITIAL)

    def whole(self, number: str) -> RecipientState:
        """A person by all spellings of the number."""
        return recipient.as_person(self.person(number), [self.person(one) for one in spellings(number)[1:]])

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def verdict(self, number: str, campaign_id: str) -> Verdict:
        """By the domain's rules alone, as if it were the right hour: too few would be dialled otherwise."""
        calls = {call_id: known.state for call_id, known in self.calls.items()}
        person = self.whole(number)
        opened = person.open_attempts({call_id for call_id, state in calls.items() if state.phase == "ended"})
        state = self.campaigns[campaign_id]
        return judge(state, person, self.account, opened, self.now, calls=calls, clock_rules=False)

    def _fold_anew(self) -> None:
        streams = {one.stream for one in self.ledger.feed}
        self.campaigns, self.people, self.calls, self.accounts = {}, {}, {}, {}
        for events in self.ledger.read_streams(streams, self.ledger.position).values():
            for one in events:
                self._fold(one)

    def _fold(self, one: Recorded) -> None:
        event, at, name = one.event, one.counts_from, one.stream.partition(":")[2]
        if isinstance(event, campaign.CampaignEvent):
            state = campaign.evolve(self.campaigns.get(name), event, at)
            assert state is not None
            self.campaigns[name] = state
        elif isinstance(event, recipient.RecipientEvent):
            self.people[one.stream] = recipient.evolve(self.people.get(one.stream, recipient.INITIAL), event, at)
        elif isinstance(event, call.CallEvent):
            self.calls[name] = call.evolve(self.calls.get(name, call.INITIAL), event, at)
        elif isinstance(event, account.AccountEvent):
            self.accounts[name] = account.evolve(self.accounts.get(name, account.INITIAL), event, at)
            self.account = self.accounts.get(FINGERPRINT, account.INITIAL)
