from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import campaign
from domain.account import AccountResumed
from domain.call import INSIGHT_KINDS, InsightFetched, RecordingRequested
from domain.events import Event, Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from projections import insights_due
from projections.insights_due import (
    LOOKED_BACK_MAX,
    RECORDINGS_BEGIN_ANEW_MAX,
    Awaited,
    InsightsDue,
    LoadedCalls,
    loaded_from,
)
from projections.views import snapshot
from tests.domain.given import AUTUMN, PLAN, SPRING, claimed, report
from tests.examples import examples
from tests.projections.feed_ledger import FeedLedger
from tests.projections.kept_views import new_store, writer_on
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


@pytest.mark.parametrize(
    ("plan", "events", "awaited"),
    [
        (RECORDING, (CLAIMED, ENDED), ALL),
        (RECORDING, (ENDED, CLAIMED), Awaited(at(3), INSIGHT_KINDS)),
        (RECORDING, (CLAIMED,), None),
        (RECORDING, (ENDED,), None),
        (PLAN, (CLAIMED, ENDED), None),
        (PLAN, (report("recording.started", 4), ENDED), ALL),
        (PLAN, (ENDED, report("recording.failed", 12)), Awaited(at(3), INSIGHT_KINDS)),
        (PLAN, (ENDED, READY), ALL),
        (PLAN, (RecordingRequested(action="start", result="accepted"), ENDED), ALL),
        (PLAN, (RecordingRequested(action="start", result="refused"), ENDED), None),
        (PLAN, (RecordingRequested(action="stop", result="accepted"), ENDED), None),
        (PLAN, (READY, report("call.answered", 1)), None),
    ],
)
def test_a_recorded_call_is_awaited_once_it_is_over(
    plan: campaign.Plan, events: tuple[Event, ...], awaited: Awaited | None
) -> None:
    assert awaited_after(*events, plan=plan) == ({} if awaited is None else {"c1": awaited})


@pytest.mark.parametrize(
    "events",
    [
        (CLAIMED, ENDED),
        (CLAIMED, report("call.failed", 9)),
        (CLAIMED, report("call.canceled", 9)),
        (CLAIMED, report("recording.started", 2), report("call.failed", 9)),
        (CLAIMED, ENDED, report("recording.failed", 12)),
        (RecordingRequested(action="start", result="accepted"), ENDED),
    ],
)
def test_of_a_call_that_nobody_answered_nothing_is_awaited(events: tuple[Event, ...]) -> None:
    assert awaited_of(*events) == {}


@pytest.mark.parametrize("proof", [ANSWERED, report("call.gathered", 5), report("recording.completed", 12)])
def test_late_word_of_the_answer_begins_the_asking(proof: Event) -> None:
    assert awaited_of(CLAIMED, ENDED, proof) == {"c1": Awaited(at(4), INSIGHT_KINDS)}
    assert awaited_of(CLAIMED, proof, ENDED) == {"c1": Awaited(at(4), INSIGHT_KINDS)}


def test_each_kind_is_awaited_until_it_is_there_or_given_up() -> None:
    over = (READY, ENDED, fetched("transcription", "missing"), fetched("summary", "failed"))
    assert awaited_after(*over)["c1"].kinds == INSIGHT_KINDS

    some = (*over, fetched("transcription", "completed"), fetched("score", "gave_up"))
    assert awaited_after(*some)["c1"].kinds == ("summary", "topics")

    assert awaited_after(*some, fetched("summary", "gave_up"), fetched("topics", "completed")) == {}


def test_a_recording_that_is_completed_begins_anew_for_what_was_given_up() -> None:
    done = (READY, ENDED, fetched("transcription", "completed"), *(fetched(k, "gave_up") for k in INSIGHT_KINDS[1:]))
    again = report("recording.completed", 500)

    assert awaited_after(*done) == {}
    assert awaited_after(*done, again) == {"c1": Awaited(at(9), INSIGHT_KINDS[1:])}


def test_recordings_without_end_begin_it_only_so_often() -> None:
    many = [report("recording.completed", seconds) for seconds in range(RECORDINGS_BEGIN_ANEW_MAX + 3)]

    assert awaited_after(ENDED, *many) == {"c1": Awaited(at(3 + RECORDINGS_BEGIN_ANEW_MAX), INSIGHT_KINDS)}


def test_the_plan_that_counts_is_the_one_at_the_claim() -> None:
    streams = [
        (campaign_stream(SPRING), campaign.CampaignCreated(campaign_id=SPRING, plan=PLAN)),
        *of_call(claimed("a1", "response"), ANSWERED, call_id="before"),
        (campaign_stream(SPRING), campaign.CampaignRevised(plan=RECORDING, reason=None)),
        *of_call(claimed("a2", "response"), ANSWERED, ENDED, call_id="after"),
        *of_call(ENDED, call_id="before"),
    ]
    ledger = told(streams)

    assert set(pushed(ledger).awaited) == {"after"}
    for position in range(len(streams) + 1):
        view = InsightsDue(ledger.read_streams)
        view.load(LoadedCalls(position, ["before", "after"]))
        assert set(pushed(ledger, position, view).awaited) == {"after"}


def test_an_ordinary_call_is_followed_without_reading_the_ledger() -> None:
    created = report("call.created", source="api")
    campaigns = [
        (campaign_stream(name), campaign.CampaignCreated(campaign_id=name, plan=plan))
        for name, plan in ((SPRING, RECORDING), (AUTUMN, PLAN))
    ]
    other = replace(CLAIMED, campaign_id=AUTUMN)
    ledger = told(
        [
            *campaigns,
            *of_call(created, CLAIMED, report("call.answered", 3), ENDED),
            *of_call(created, other, report("call.answered", 3), ENDED, call_id="c2"),
            *of_call(report("call.answered", 3), ENDED, call_id="c3"),
        ]
    )

    assert set(pushed(ledger).awaited) == {"c1"}
    assert ledger.reads == []


def test_recordings_of_a_call_of_which_nothing_is_open_read_it_no_more_than_once() -> None:
    done = [fetched(kind, "completed") for kind in INSIGHT_KINDS]
    again = [report("recording.completed", n, event_key=str(n)) for n in range(20, 40)]
    ledger = told(of_call(READY, ENDED, *done, *again))

    view = pushed(ledger)
    assert (view.awaited, ledger.reads) == ({}, [])

    view = pushed(ledger, from_position=10)
    assert (view.awaited, ledger.reads) == ({}, [call_stream("c1")])


@pytest.mark.parametrize("let_go_max", [1, 1_000])
def test_calls_that_are_read_beside_it_make_no_difference(monkeypatch: pytest.MonkeyPatch, let_go_max: int) -> None:
    monkeypatch.setattr(insights_due, "LET_GO_KEPT_MAX", let_go_max)
    refused = RecordingRequested(action="start", result="refused")
    of_one = (refused, ENDED, fetched("score", "gave_up"), report("recording.started", 4), READY)
    of_other = (READY, ENDED, *(fetched(kind, "completed") for kind in INSIGHT_KINDS), READY)
    ledger = told(
        event
        for both in zip_longest(of_call(*of_one), of_call(*of_other, call_id="c2"))
        for event in both
        if event is not None
    )
    view = InsightsDue(ledger.read_streams)
    for one in ledger.feed:
        if view.must_read(one):
            view.know(one.stream, view.read(one))
        read = len(ledger.reads)
        view.apply(one)
        assert len(ledger.reads) == read

    whole = InsightsDue(ledger.read_streams)
    whole.load(LoadedCalls(ledger.position, ["c1", "c2"]))
    assert view.awaited == whole.awaited
    assert list(view.awaited) == ["c1"]


def test_calls_without_end_are_let_go_from_the_oldest_and_found_by_their_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(insights_due, "CALLS_UNDER_WAY_MAX", 2)
    started = report("recording.started", 4)
    begun = [event for n in range(3) for event in of_call(started, call_id=f"c{n}")]
    ended = [event for n in range(3) for event in of_call(ENDED, call_id=f"c{n}")]

    assert set(pushed(told([*begun, *ended])).awaited) == {"c1", "c2"}
    assert set(pushed(told([*begun, *ended, *of_call(READY, call_id="c0")])).awaited) == {"c0", "c1", "c2"}


def test_it_begins_with_what_the_views_heard_of_lately_or_know_to_be_under_way(tmp_path: Path) -> None:
    feed = [
        *of_call(READY, ENDED, call_id="long ago"),
        *of_call(report("recording.started", 1), call_id="under way"),
        *of_call(READY, ENDED, call_id="lately"),
    ]
    ledger = told(feed)
    now = at(4) + LOOKED_BACK_MAX
    with new_store(tmp_path / "views.db") as store:
        writer_on(store, ledger, None).advance(ledger.feed)
        with snapshot(store) as taken:
            loaded = loaded_from(taken, now)

    assert loaded == LoadedCalls(len(feed), ["under way", "lately"])
    view = InsightsDue(ledger.read_streams)
    view.load(loaded)
    assert view.awaited == {"lately": Awaited(at(5), INSIGHT_KINDS)}


EVENTS = st.sampled_from(
    [
        claimed("a1", "response"),
        replace(claimed("a2", "metadata"), campaign_id=AUTUMN),
        ANSWERED,
        report("call.gathered", 5),
        ENDED,
        report("call.failed", 9),
        report("recording.started", 4),
        READY,
        report("recording.failed", 12),
        RecordingRequested(action="start", result="accepted"),
        *(fetched(kind, result) for kind in INSIGHT_KINDS for result in ("missing", "completed", "gave_up")),
    ]
)
REVISIONS = st.sampled_from(
    [
        (campaign_stream(SPRING), campaign.CampaignRevised(plan=PLAN, reason=None)),
        (campaign_stream(SPRING), campaign.CampaignRevised(plan=RECORDING, reason=None)),
    ]
)
STEPS = st.lists(
    st.one_of(st.tuples(st.sampled_from([call_stream("c1"), call_stream("c2")]), EVENTS), REVISIONS), max_size=25
)


@settings(max_examples=examples(300), deadline=None)
@given(steps=STEPS, data=st.data())
def test_what_was_loaded_anywhere_and_pushed_the_rest_is_what_was_pushed_everything(
    steps: list[tuple[str, Event]], data: st.DataObject
) -> None:
    begun = [
        (campaign_stream(name), campaign.CampaignCreated(campaign_id=name, plan=plan))
        for name, plan in ((SPRING, RECORDING), (AUTUMN, PLAN))
    ]
    ledger = told([*begun, *steps])
    position = data.draw(st.integers(0, ledger.position))
    view = InsightsDue(ledger.read_streams)
    view.load(LoadedCalls(position, ["c1", "c2"]))

    assert pushed(ledger, position, view).awaited == pushed(ledger).awaited
    assert view.position == ledger.position


@pytest.mark.parametrize("with_account", ["f", "another"])
@pytest.mark.parametrize("events", [(ENDED,), (ENDED, READY)], ids=len)
def test_what_ended_by_a_clock_that_was_ahead_is_asked_for_from_when_that_was_acknowledged(
    events: tuple[Event, ...], with_account: str
) -> None:
    ledger = told([(campaign_stream(SPRING), campaign.CampaignCreated(campaign_id=SPRING, plan=RECORDING))])
    for position, event in enumerate((claimed("a1", "response"), ANSWERED, *events), start=2):
        ledger.add(recorded(position, call_stream("c1"), event, 9_000 + position, version=position - 1))
    ahead, acknowledgement = ledger.position, AccountResumed(acknowledged_position=ledger.position)
    one = replace(recorded(ahead + 1, account_stream(with_account), acknowledgement, 9_100), clock_at=at(60))
    ledger.add(one)

    loaded = InsightsDue(ledger.read_streams)
    loaded.load(LoadedCalls(ledger.position, ["c1"]))

    assert pushed(ledger).awaited == loaded.awaited == {"c1": Awaited(at(60), INSIGHT_KINDS)}
