"""What is awaited does not depend on what was loaded, read beside, or pushed."""

from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import campaign
from domain.call import INSIGHT_KINDS, RecordingRequested
from domain.events import Event
from domain.identity import call_stream, campaign_stream
from projections import insights_due
from projections.insights_due import InsightsDue, LoadedCalls
from tests.domain.given import AUTUMN, PLAN, SPRING, claimed, report
from tests.examples import examples
from tests.projections.awaited_insights import (
    ANSWERED,
    CLAIMED,
    ENDED,
    READY,
    RECORDING,
    fetched,
    of_call,
    pushed,
    told,
)


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


def test_the_plan_of_a_campaign_is_read_beside_it_and_again_where_it_was_revised_meanwhile() -> None:
    created = report("call.created", source="api")
    ledger = told(
        [
            (campaign_stream(SPRING), campaign.CampaignCreated(campaign_id=SPRING, plan=RECORDING)),
            *of_call(created, CLAIMED),
            *of_call(created, CLAIMED, report("call.answered", 3), ENDED, call_id="c2"),
            (campaign_stream(SPRING), campaign.CampaignRevised(plan=PLAN, reason=None)),
        ]
    )
    view = InsightsDue(ledger.read_streams)
    _, _, claimed_first, *rest = ledger.feed

    assert view.must_read(claimed_first)
    found = view.read(claimed_first)
    view.apply(ledger.feed[-1])
    view.know(claimed_first.stream, found)
    assert view.must_read(claimed_first)
    view.know(claimed_first.stream, view.read(claimed_first))
    before = len(ledger.reads)
    for one in (claimed_first, *rest):
        assert not view.must_read(one)
        view.apply(one)
    assert len(ledger.reads) == before
    assert set(view.awaited) == {"c2"}
