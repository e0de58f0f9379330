"""Which results of which calls are awaited, after these events."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from domain import campaign
from domain.call import INSIGHT_KINDS, InsightFetched
from domain.events import Event, Recorded
from domain.identity import call_stream, campaign_stream
from projections.insights_due import InsightsDue
from projections.recorded_call import Awaited
from tests.domain.given import PLAN, SPRING, claimed, report
from tests.projections.feed_ledger import FeedLedger
from tests.projections.recording import at, recorded

RECORDING = replace(PLAN, record=True)
ANSWERED = report("call.answered", 1)
ENDED = report("call.completed", 9)
READY = report("recording.completed", 12)
ALL = Awaited(at(4), INSIGHT_KINDS)


class Counted(FeedLedger):
    """Counts how often a stream is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def read_streams(self, streams: Collection[str], up_to_position: int) -> dict[str, Sequence[Recorded]]:
        self.reads += streams
        return super().read_streams(streams, up_to_position)


def told(events: Iterable[tuple[str, Event]]) -> Counted:
    """These events, in these streams, a second after one another."""
    ledger = Counted()
    for position, (stream, event) in enumerate(events, start=1):
        ledger.add(recorded(position, stream, event, version=ledger.versions(stream) + 1))
    return ledger


def of_call(*events: Event, call_id: str = "c1") -> list[tuple[str, Event]]:
    return [(call_stream(call_id), event) for event in events]


def pushed(ledger: Counted, from_position: int = 0, view: InsightsDue | None = None) -> InsightsDue:
    view = view or InsightsDue(ledger.read_streams)
    for one in ledger.feed[from_position:]:
        view.apply(one)
    return view


def awaited_after(*events: Event, plan: campaign.Plan = PLAN) -> Mapping[str, Awaited]:
    """What is awaited after these events of a call of `SPRING` that was answered, the first of them recorded three seconds after nine."""
    return awaited_of(ANSWERED, *events, plan=plan)


def awaited_of(*events: Event, plan: campaign.Plan = RECORDING) -> Mapping[str, Awaited]:
    """What is awaited after these events of a call of `SPRING`, the first of them recorded two seconds after nine."""
    created = (campaign_stream(SPRING), campaign.CampaignCreated(campaign_id=SPRING, plan=plan))
    return pushed(told([created, *of_call(*events)])).awaited


def fetched(kind: str, result: str) -> InsightFetched:
    return InsightFetched(kind=kind, result=result)


CLAIMED = claimed("a1", "response")
