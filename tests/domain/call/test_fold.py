"""A call is a join: the same reports in any order, any number of times, give an equal state."""

from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import (
    INITIAL,
    REPORTS,
    AnswerServed,
    CallEvent,
    CallHistory,
    CallSnapshot,
    CallState,
    Claim,
    ReportEvent,
    evolve,
    join,
)
from domain.call.ends import Ends
from domain.call.facts import CallProgress, Gathered, Parties, Terminal
from domain.call.stamps import Stamps
from domain.growing import GrowingSet
from tests.domain.given import (
    NINE,
    ONE_OF_EACH_CALL,
    at,
    call_after,
    call_told,
    claimed,
    learned,
    report,
    whenever_ended,
)
from tests.examples import examples

# Few names, keys, times and notes, so that reports clash all the time: in their key, their time, their whole body.
REPORTED = st.builds(
    report,
    st.sampled_from([*REPORTS, *["call.completed", "call.failed", "call.canceled"] * 2, "call.transferred"]),
    st.sampled_from([None, 0, 1, 1.5, 2]),
    event_key=st.sampled_from([None, None, "k1", "k2"]),
    source=st.sampled_from(["webhook", "webhook", "api"]),
    note=st.sampled_from(["", "changed"]),
    snapshot=st.sampled_from(
        [
            CallSnapshot(),
            CallSnapshot(attempt_id="a1"),
            CallSnapshot(attempt_id="a2", from_number="+15550000001"),
            CallSnapshot(direction="outbound", from_number="+15550000001", to_number="+15550000002"),
            CallSnapshot(direction="inbound", to_number="+15550000003"),
        ]
    ),
)
DELIVERIES = st.lists(REPORTED, min_size=1, max_size=8)


def keys_and_digests(history: CallHistory) -> set[tuple[str, str]]:
    return set(history.deliveries)


@settings(max_examples=examples(500))
@given(DELIVERIES, st.data())
def test_any_order_and_any_repetition_of_the_same_deliveries_give_the_same_state(
    deliveries: list[ReportEvent], data: st.DataObject
) -> None:
    repeated = deliveries + data.draw(st.lists(st.sampled_from(deliveries), max_size=8))
    shuffled = data.draw(st.permutations(repeated))

    one, other = call_told(deliveries), call_told(shuffled)

    assert other.state == one.state
    assert keys_and_digests(other) == keys_and_digests(one)
    derived = ("phase", "outcome", "reached", "step", "terminal", "ended_at", "parties", "created_at", "answered_at")
    assert {name: getattr(other.state, name) for name in derived} == {
        name: getattr(one.state, name) for name in derived
    }


@given(DELIVERIES, REPORTED)
def test_a_report_joins_once_however_often_it_is_joined(known: list[ReportEvent], told: ReportEvent) -> None:
    state = joined(CallState(), known)

    assert told_to(told_to(state, told), told) == told_to(state, told)
    assert joined(state, known) == state


@given(DELIVERIES, REPORTED, REPORTED)
def test_two_reports_join_in_either_order(known: list[ReportEvent], one: ReportEvent, other: ReportEvent) -> None:
    state = joined(CallState(), known)

    assert told_to(told_to(state, one), other) == told_to(told_to(state, other), one)


@given(DELIVERIES, DELIVERIES, DELIVERIES)
def test_reports_join_in_any_grouping(
    first: list[ReportEvent], second: list[ReportEvent], third: list[ReportEvent]
) -> None:
    one_by_one = joined(CallState(), [*first, *second, *third])

    assert joined(joined(joined(CallState(), third), first), second) == one_by_one
    assert joined(joined(CallState(), [*second, *third]), [*first, *second]) == one_by_one


def told_to(state: CallState, report: ReportEvent) -> CallState:
    return join(state, report, learned(report))


def joined(state: CallState, reports: list[ReportEvent]) -> CallState:
    for told in reports:
        state = told_to(state, told)
    return state


def test_a_whole_call_is_read_from_its_reports() -> None:
    parties = CallSnapshot(direction="outbound", from_number="+15559870000", to_number="+15551230001", attempt_id="a1")
    created = report("call.created", 0, snapshot=parties)
    gathered = report("call.gathered", 6)
    completed = report("call.completed", 9)

    history = call_told([created, report("call.answered", 3), gathered, completed])

    end = Terminal(False, at(9), 0, completed.digest, at(9))
    assert history == CallHistory(
        state=CallState(
            created=Stamps((at(0),)),
            answers=Stamps((at(3),)),
            proofs=frozenset({"call.answered", "call.gathered"}),
            proof_learned_at=at(3),
            ends=Ends().joined(end),
            furthest=CallProgress(True, at(6), 5, gathered.key, gathered.digest, "call.gathered"),
            parties=Parties(False, 1, at(0), created.digest, "outbound", "+15559870000", "+15551230001"),
            gathers=GrowingSet[Gathered]().put(Gathered(False, at(6), gathered.key, gathered.digest, ""), None),
            echoed_attempts=GrowingSet[str]().put("a1", None),
            earliest=at(0),
        ),
        deliveries=history.deliveries,
    )
    assert [times for _, times in history.deliveries.items()] == [1, 1, 1, 1]
    state = history.state
    assert (state.phase, state.outcome, state.reached, state.ended_at) == ("ended", "completed", True, at(9))
    assert (state.terminal, state.step) == (end, "call.gathered")


def test_the_earliest_times_win_and_no_time_never_does() -> None:
    created = [report("call.created", s, note=str(s)) for s in (2, None, 1, 3)]
    answered = [report("call.answered", s, note=str(s)) for s in (None, 7, 5)]

    for order in permutations([*created, *answered]):
        state = call_told(order).state
        assert (state.created_at, state.answered_at) == (at(1), at(5))


def test_the_step_is_the_latest_thing_and_at_one_instant_the_one_of_higher_rank() -> None:
    reports = [report("call.transferred", 1), report("call.answered", 2), report("call.gathered", 2)]

    assert {call_told(order).state.step for order in permutations(reports)} == {"call.gathered"}
    assert call_told([*reports, report("recording.completed", None)]).state.step == "call.gathered"


@pytest.mark.parametrize("name", ["recording.completed", "recording.failed"])
@pytest.mark.parametrize("seconds", [5, 12, 500_000, None])
def test_what_becomes_of_a_recording_however_late_changes_no_state(name: str, seconds: float | None) -> None:
    reports = [report("call.created"), report("call.answered", 3), report("call.completed", 9)]
    ready = report(name, seconds)

    assert call_told([*reports, ready]).state == call_told([ready, *reports]).state
    state, before = call_told([*reports, ready]).state, call_told(reports).state
    shown = ("phase", "outcome", "reached", "step", "created_at", "answered_at", "ended_at", "parties", "is_clock_odd")
    assert [getattr(state, one) for one in shown] == [getattr(before, one) for one in shown]


def test_an_unknown_event_is_a_step_under_the_providers_name() -> None:
    assert call_told([report("call.created", 0), report("call.transferred", 1)]).state.step == "call.transferred"


@pytest.mark.parametrize(("step", "shown"), [("greeting", "greeting"), (None, "answer.served")])
def test_an_answer_that_we_served_is_a_step(step: str | None, shown: str) -> None:
    served = AnswerServed(occurred_at=at(4), step=step, request="{}", actions="[]", duration_ms=1.0)
    events: list[CallEvent] = [report("call.answered", 3), served, report("call.created", 0)]

    assert {call_after(*order).state.step for order in permutations(events)} == {shown}


def test_parties_are_those_of_the_most_trustworthy_report() -> None:
    def said(number: str) -> CallSnapshot:
        return CallSnapshot(from_number=number)

    reports = [
        report("call.created", None, snapshot=said("+15550000001")),
        report("call.answered", 1, snapshot=said("+15550000002")),
        report("call.created", 2, snapshot=said("+15550000003")),
        report("call.created", 3, snapshot=said("+15550000004"), note="later"),
        report("call.failed", 0, snapshot=CallSnapshot(direction="outbound")),
    ]

    parties = {call_told(order).state.parties for order in permutations(reports)}

    assert [p and p.from_number for p in parties] == ["+15550000003"]


def test_a_claim_is_kept_with_its_evidence() -> None:
    state = call_after(claimed("a1", "inferred"), claimed("a2", "metadata")).state

    weak = Claim(1, "a1", "spring_followup", "9f86d081", "inferred")
    strong = Claim(3, "a2", "spring_followup", "9f86d081", "metadata")
    assert (list(state.claims), state.claim, state.contested) == ([weak, strong], strong, False)


@pytest.mark.parametrize("event", ONE_OF_EACH_CALL, ids=lambda event: event.NAME)
def test_every_event_can_be_folded_from_the_start_however_late_it_was_recorded(event: CallEvent) -> None:
    assert whenever_learned(evolve(INITIAL, event, at(3600))) == whenever_learned(evolve(INITIAL, event, at(60)))


def whenever_learned(history: CallHistory) -> CallHistory:
    """Without when we learned of its end and answer: that is gone by where their own times cannot be, or are not known."""
    return replace(history, state=whenever_ended(replace(history.state, proof_learned_at=None)))


@pytest.mark.parametrize(
    "event",
    [
        e
        for e in ONE_OF_EACH_CALL
        if e.NAME in {"call.redelivered", "call.observed", "insight.fetched", "recording.requested"}
    ],
    ids=lambda event: event.NAME,
)
def test_what_is_only_noted_changes_no_state(event: CallEvent) -> None:
    before = call_told([report("call.created"), report("call.answered", 3)])

    assert evolve(before, event, NINE).state == before.state


@pytest.mark.parametrize("ahead", [at(7_200), at(365 * 86_400)])
def test_no_time_of_ours_is_later_than_its_event(ahead: datetime) -> None:
    served = AnswerServed(occurred_at=ahead, step="greeting", request="{}", actions="[]", duration_ms=1.0)
    claim = replace(claimed("a1", "response"), attempt_started_at=ahead)

    state = evolve(evolve(INITIAL, served, at(10)), claim, at(20)).state

    assert (state.served_at, state.claim and state.claim.attempt_started_at) == (at(10), at(20))
    assert call_after(served, report("call.gathered", 3)).state.step == "greeting"
    assert evolve(CallHistory(state=state), report("call.gathered", 30), at(31)).state.step == "call.gathered"
