from pathlib import Path

import pytest
from msgspec.structs import replace

from domain import campaign
from domain.account import AccountResumed
from domain.call import INSIGHT_KINDS, RecordingRequested
from domain.events import Event
from domain.identity import account_stream, call_stream, campaign_stream
from projections import insights_due
from projections.insights_due import LOOKED_BACK_MAX, InsightsDue, LoadedCalls, loaded_from
from projections.recorded_call import RECORDINGS_BEGIN_ANEW_MAX, Awaited
from projections.views import snapshot
from tests.domain.given import AUTUMN, PLAN, SPRING, claimed, report
from tests.projections.awaited_insights import (
    ALL,
    ANSWERED,
    CLAIMED,
    ENDED,
    READY,
    RECORDING,
    awaited_after,
    awaited_of,
    fetched,
    of_call,
    pushed,
    told,
)
from tests.projections.kept_views import new_store, writer_on
from tests.projections.recording import at, recorded


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


@pytest.mark.parametrize("first", [report("call.created"), report("call.answered", 1), claimed("a1", "response")])
@pytest.mark.parametrize("heard", [READY, RecordingRequested(action="start", result="accepted")])
def test_a_call_that_is_found_to_be_recorded_is_not_read_where_it_was_followed_from_its_beginning(
    first: Event, heard: Event
) -> None:
    beginnings = [
        (campaign_stream(SPRING), campaign.CampaignCreated(campaign_id=SPRING, plan=PLAN)),
        *of_call(first),
        *of_call(first, ANSWERED, ENDED, call_id="c2"),
    ]
    ledger = told([*beginnings, *of_call(ANSWERED, ENDED, heard), *of_call(heard, call_id="c2")])

    assert set(pushed(ledger).awaited) == {"c1", "c2"}
    assert ledger.reads == []


def test_recordings_of_a_call_of_which_nothing_is_open_read_it_no_more_than_once() -> None:
    done = [fetched(kind, "completed") for kind in INSIGHT_KINDS]
    again = [report("recording.completed", n, event_key=str(n)) for n in range(20, 40)]
    ledger = told(of_call(READY, ENDED, *done, *again))

    view = pushed(ledger)
    assert (view.awaited, ledger.reads) == ({}, [])

    view = pushed(ledger, from_position=10)
    assert (view.awaited, ledger.reads) == ({}, [call_stream("c1")])


def test_calls_without_end_are_let_go_from_the_oldest_and_found_by_their_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(insights_due, "CALLS_UNDER_WAY_MAX", 2)
    monkeypatch.setattr(insights_due, "LET_GO_KEPT_MAX", 1)
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


def test_only_calls_of_which_something_else_is_open_are_said_to_have_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights_due, "MOVED_KEPT_MAX", 1)
    ledger = told([])
    view = pushed(ledger)
    assert view.take_moved() is None
    moved = []
    for event in (READY, ANSWERED, ENDED, report("call.answered", 20), report("recording.completed", 30)):
        (one,) = of_call(event)
        ledger.add(recorded(len(ledger.feed) + 1, *one, version=ledger.versions(one[0]) + 1))
        pushed(ledger, len(ledger.feed) - 1, view)
        moved.append(list(view.take_moved() or ()))
    assert moved == [[], [], ["c1"], [], ["c1"]]
    for call_id in ("c2", "c3"):
        view._note_moved(call_id)
    assert view.take_moved() is None
    assert view.take_moved() == {}
