"""A campaign's stream of agents' words is folded once: whoever asks for now reads what is newer, and the past is the same as ever."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from domain.account import AccountResumed
from domain.campaign import AgentsTold, CampaignCreated, CampaignStarted
from domain.events import Event, Recorded
from domain.identity import account_stream, campaign_stream
from projections import stream_folds
from projections.folded import account_of, campaign_of
from projections.stream_folds import FOLDS_A_STREAM_MAX, AccountFolds, CampaignFolds
from tests.domain.given import PLAN, SPRING
from tests.projections.feed_ledger import FeedLedger
from tests.projections.recording import recorded

STREAM, ACCOUNT = campaign_stream(SPRING), account_stream("f")


class CountingLedger(FeedLedger):
    """Knows how many events were read, and how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.events_read = 0
        self.reads = 0

    def append(self, stream: str, event: Event) -> None:
        """One more, by a clock that runs back, so that it matters when it was set right."""
        place = self.position + 1
        self.add(recorded(place, stream, event, -place, version=self.versions(stream) + 1))

    def read_on(self, stream: str, after_version: int, up_to_position: int, events_max: int) -> list[Recorded]:
        """Counted."""
        found = super().read_on(stream, after_version, up_to_position, events_max)
        self.events_read += len(found)
        self.reads += 1
        return found


def campaign_with(words: int) -> CountingLedger:
    """A campaign that runs and was told of agents so many times."""
    ledger = CountingLedger()
    ledger.append(STREAM, CampaignCreated(campaign_id=SPRING, plan=PLAN))
    ledger.append(STREAM, CampaignStarted())
    for free in range(words):
        ledger.append(STREAM, AgentsTold(free=free, source="told"))
    return ledger


def test_what_was_read_is_not_read_again() -> None:
    ledger = campaign_with(words=1_200)
    folds = CampaignFolds(ledger)
    first = folds.at(SPRING, ledger.position)
    assert first is not None
    assert first.agents is not None
    assert first.agents.free == 1_199
    assert ledger.events_read == 1_202

    for free in range(50):
        ledger.append(STREAM, AgentsTold(free=free, source="told"))
        for back in (0, 1, 0):  # readers of views that are not as far yet
            assert folds.at(SPRING, ledger.position - back) is not None

    assert ledger.events_read == 1_202 + 50


def test_while_nothing_is_appended_nothing_is_read() -> None:
    ledger = campaign_with(words=3)
    campaigns, accounts = CampaignFolds(ledger), AccountFolds(ledger)
    reads = []
    for _ in range(2):  # the second time from what the first has found
        for position in (5, 4, 5):
            assert campaigns.at(SPRING, position) == campaign_of(ledger.read_streams([STREAM], position)[STREAM])
        assert accounts.at("f", 5) == account_of(())  # no event is of the account
        reads.append(ledger.reads)
    assert reads[0] == reads[1]

    ledger.append(ACCOUNT, AccountResumed())
    assert accounts.at("f", 6) == account_of(ledger.read_streams([ACCOUNT], 6)[ACCOUNT])
    assert ledger.reads > reads[1]


def test_what_a_view_knows_before_this_process_heard_of_it_is_read_again() -> None:
    ledger = campaign_with(words=0)
    folds = CampaignFolds(ledger)
    folds.at(SPRING, ledger.position + 1)
    ledger.append(STREAM, AgentsTold(free=7, source="told"))
    assert folds.at(SPRING, ledger.position) == campaign_of(ledger.read_streams([STREAM], 3)[STREAM])


def test_the_past_is_folded_from_what_is_kept_before_it() -> None:
    ledger = campaign_with(words=5_000)
    folds = CampaignFolds(ledger)
    folds.at(SPRING, ledger.position)
    before = ledger.events_read

    then = folds.at(SPRING, 3_777)

    assert then == campaign_of(ledger.read_streams([STREAM], 3_777)[STREAM])
    assert ledger.events_read - before <= stream_folds.EVENTS_A_READ_MAX


def test_of_a_stream_only_so_many_folds_are_kept() -> None:
    ledger = campaign_with(words=0)
    folds = CampaignFolds(ledger)
    for free in range(FOLDS_A_STREAM_MAX * 3):
        ledger.append(STREAM, AgentsTold(free=free, source="told"))
        folds.at(SPRING, ledger.position)

    assert len(folds._folds._kept.get((STREAM, 0)) or []) <= FOLDS_A_STREAM_MAX
    before = ledger.events_read
    folds.at(SPRING, ledger.position)
    assert ledger.events_read == before


EVENTS: Sequence[tuple[str, Event]] = [
    (STREAM, CampaignStarted()),
    (STREAM, AgentsTold(free=2, source="told")),
    (ACCOUNT, AccountResumed(acknowledged_position=1)),
]


@given(st.lists(st.sampled_from(EVENTS) | st.integers(0, 32), max_size=50))
def test_whatever_is_asked_first_it_is_what_the_whole_stream_says(happens: list[tuple[str, Event] | int]) -> None:
    ledger = CountingLedger()
    ledger.append(STREAM, CampaignCreated(campaign_id=SPRING, plan=PLAN))
    campaigns, accounts = CampaignFolds(ledger), AccountFolds(ledger)

    for one in happens:
        if not isinstance(one, int):
            ledger.append(*one)
            continue
        whole = ledger.read_streams([STREAM, ACCOUNT], one)
        assert campaigns.at(SPRING, one) == campaign_of(whole.get(STREAM, ()))
        assert accounts.at("f", one) == account_of(whole.get(ACCOUNT, ()))
