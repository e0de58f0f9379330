import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from domain import call
from domain.account import AccountResumed
from projections.call_journey import Entry, Journey, journey
from tests.domain.given import ONE_OF_EACH_CALL, claimed, report, whenever_ended
from tests.examples import examples
from tests.projections.recording import CALL, at, call_recorded, delivered, recorded

ARRIVAL_NOTES = {"late", "out_of_order", "redelivered", "same_key"}


def journey_of(reports: list[call.ReportEvent], seconds: list[float] | None = None) -> Journey:
    found = journey("c1", delivered(reports, seconds))
    assert found is not None
    return found


def told(found: Journey) -> list[tuple[str, tuple[str, ...], int]]:
    return [(entry.event, entry.notes, entry.deliveries) for entry in found.entries]


def notes_of(*reports: call.ReportEvent, seconds: list[float] | None = None) -> list[tuple[str, ...]]:
    return [entry.notes for entry in journey_of(list(reports), seconds).entries]


def test_of_a_call_that_nobody_spoke_of_there_is_no_journey() -> None:
    assert journey("c1", []) is None


def test_an_entry_has_all_that_there_is_to_say() -> None:
    completed = report("call.completed", 9, snapshot=call.CallSnapshot(status="completed", direction="inbound"))

    assert journey("c1", delivered([completed], [10])) == Journey(
        call_id="c1",
        state=call.join(call.CallState(), completed, at(10)),
        entries=(
            Entry(
                position=1,
                event="call.completed",
                source="webhook",
                occurred_at=at(9),
                recorded_at=at(10),
                deliveries=1,
                notes=(),
                key="call.completed",
                detail={"status": "completed", "direction": "inbound", "digest": completed.digest},
            ),
        ),
    )


def test_entries_are_in_the_order_in_which_it_happened_whatever_order_it_was_learned_in() -> None:
    found = journey_of([report("call.completed", 9), report("call.created", 0), report("call.answered", 3)])

    assert told(found) == [
        ("call.created", ("out_of_order",), 1),
        ("call.answered", ("out_of_order",), 1),
        ("call.completed", (), 1),
    ]


def test_what_happened_at_one_instant_is_in_the_order_in_which_it_must_have() -> None:
    names = [
        "recording.completed",
        "call.completed",
        "call.transferred",
        "call.gathered",
        "call.answered",
        "call.created",
    ]

    assert [entry.event for entry in journey_of([report(name, 0) for name in names]).entries] == [
        "call.created",
        "call.answered",
        "call.gathered",
        "call.reported",
        "call.completed",
        "recording.completed",
    ]


def test_equal_kinds_at_one_instant_are_in_the_order_of_their_keys() -> None:
    gathers = [report("call.gathered", 5, event_key=key) for key in ("b", "c", "a")]

    assert [entry.key for entry in journey_of(gathers).entries] == [
        f"call.gathered|key|{key}" for key in ("a", "b", "c")
    ]


def test_what_we_recorded_at_one_reading_of_our_clock_is_in_the_order_of_the_ledger() -> None:
    kinds: list[call.InsightKind] = ["topics", "summary", "score"]
    stream = call_recorded([call.InsightFetched(kind=kind, result="missing") for kind in kinds], [1, 2, 3])

    found = journey("c1", [replace(one, clock_at=at(0)) for one in stream])
    in_one_commit = journey("c1", [replace(one, recorded_at=at(1)) for one in stream])

    assert found is not None
    assert in_one_commit is not None
    assert [entry.key for entry in found.entries] == ["topics", "summary", "score"]
    assert [entry.key for entry in in_one_commit.entries] == ["score", "summary", "topics"]


def test_what_has_no_time_stands_where_we_learned_it() -> None:
    reports = [report("call.answered", None), report("call.created", 0), report("call.completed", 9)]

    assert told(journey_of(reports, [5, 6, 10])) == [
        ("call.created", (), 1),
        ("call.answered", ("no_time",), 1),
        ("call.completed", (), 1),
    ]


def test_a_redelivery_is_counted_on_its_report_and_is_no_entry() -> None:
    answered = report("call.answered", 3)

    assert told(journey_of([answered, report("call.created", 0), answered, answered])) == [
        ("call.created", ("out_of_order",), 1),
        ("call.answered", ("redelivered",), 3),
    ]


def test_each_body_under_one_key_counts_its_own_deliveries() -> None:
    one, other = report("call.created", event_key="k"), report("call.created", event_key="k", note="other")

    found = journey_of([one, other, other])

    assert sorted((entry.notes, entry.deliveries) for entry in found.entries) == [
        ((), 1),
        (("redelivered", "same_key"), 2),
    ]


@pytest.mark.parametrize(("seconds", "notes"), [(60, ()), (60.000001, ("late",))])
def test_what_we_learn_more_than_a_minute_after_it_happened_is_late(seconds: float, notes: tuple[str, ...]) -> None:
    assert notes_of(report("call.answered", 0), seconds=[seconds]) == [notes]


def test_out_of_order_is_only_what_happened_before_something_known() -> None:
    assert notes_of(report("call.created", 3), report("call.answered", 3)) == [(), ()]
    assert notes_of(report("call.created", None), report("call.answered", 3)) == [("no_time",), ()]


def test_the_ends_that_lose_contradict_the_one_that_counts() -> None:
    found = journey_of([report("call.failed", 5), report("call.completed", 4), report("call.canceled", None)])

    assert found.state.outcome == "completed"
    assert {entry.event: entry.notes for entry in found.entries} == {
        "call.completed": ("out_of_order",),
        "call.failed": ("contradicts",),
        "call.canceled": ("no_time", "contradicts"),
    }


def test_two_witnesses_of_one_end_do_not_contradict_each_other() -> None:
    assert notes_of(report("call.completed", 9), report("call.completed", 9, source="api")) == [(), ()]


def test_claims_that_are_equally_good_contradict_each_other_and_weaker_ones_do_not() -> None:
    contested = call_recorded([claimed("a1", "metadata"), claimed("a2", "metadata"), claimed("a3", "inferred")])
    found = journey("c1", contested)
    assert found is not None
    assert [entry.notes for entry in found.entries] == [("contradicts",), ("contradicts",), ()]

    settled = journey("c1", call_recorded([claimed("a1", "metadata"), claimed("a2", "response")]))
    assert settled is not None
    assert [entry.notes for entry in settled.entries] == [(), ()]


def test_every_event_of_a_call_but_a_redelivery_is_one_entry() -> None:
    found = journey("c1", call_recorded(ONE_OF_EACH_CALL))

    assert found is not None
    assert sorted(entry.event for entry in found.entries) == sorted(
        event.NAME for event in ONE_OF_EACH_CALL if event.NAME != "call.redelivered"
    )
    assert {
        entry.event: (entry.source, entry.key, dict(entry.detail)) for entry in found.entries if entry.event in OURS
    } == OURS


OURS = {
    "call.claimed": ("dialtrail", "a1", {"attempt_id": "a1", "campaign_id": "spring_followup", "how": "response"}),
    "call.observed": ("dialtrail", "", {"status": "in-progress", "digest": "d"}),
    "answer.served": ("dialtrail", "greeting", {"step": "greeting", "duration_ms": 1.5}),
    "insight.fetched": (
        "dialtrail",
        "summary",
        {
            "kind": "summary",
            "result": "completed",
            "asked": 1,
            "code": "ai_summary_not_found",
            "drift": "data.status: is not spelled as documented",
        },
    ),
    "recording.requested": (
        "dialtrail",
        "start",
        {"action": "start", "result": "refused", "status": 404, "code": "active_call_not_found"},
    ),
}


def test_a_prefix_of_the_stream_is_what_was_known_then() -> None:
    stream = delivered([report("call.failed", 9), report("call.answered", 3), report("call.completed", 8)])

    then = [journey("c1", stream[:known]) for known in (1, 2, 3)]

    assert [(one.state.outcome, one.state.reached, [e.event for e in one.entries]) for one in then if one] == [
        ("failed", False, ["call.failed"]),
        ("failed", True, ["call.answered", "call.failed"]),
        ("completed", True, ["call.answered", "call.completed", "call.failed"]),
    ]
    assert [entry.notes for one in then[:2] if one for entry in one.entries if entry.event == "call.failed"] == [(), ()]


def test_an_event_of_another_stream_is_a_mistake_that_is_noticed() -> None:
    with pytest.raises(TypeError, match=r"account\.resumed does not belong in a call's stream"):
        journey("c1", [recorded(1, CALL, AccountResumed())])


class Delivery(Struct, frozen=True):
    """What one of the provider's requests may say."""

    name: str
    seconds: int | None
    event_key: str | None
    note: str


DELIVERIES = st.builds(
    Delivery,
    name=st.sampled_from([*call.REPORTS, "call.transferred"]),
    seconds=st.one_of(st.none(), st.integers(0, 4)),
    event_key=st.sampled_from([None, None, "k1", "k2"]),
    note=st.sampled_from(["", "other"]),
)


def as_report(said: Delivery) -> call.ReportEvent:
    return report(said.name, said.seconds, event_key=said.event_key, note=said.note)


def whenever_learned(state: call.CallState) -> call.CallState:
    """The state but for when we learned of its ends and its answer."""
    return whenever_ended(replace(state, proof_learned_at=None))


def lasting(found: Journey) -> tuple[list[object], set[object]]:
    """Entries without what hangs on their arrival: those with a time in their order, those without as a set."""
    entries = [
        (
            entry.event,
            entry.source,
            entry.occurred_at,
            entry.key,
            tuple(sorted(entry.detail.items())),
            tuple(note for note in entry.notes if note not in ARRIVAL_NOTES),
        )
        for entry in found.entries
    ]
    return [one for one in entries if one[2] is not None], {one for one in entries if one[2] is None}


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data(), deliveries=st.lists(DELIVERIES, min_size=1, max_size=9))
def test_deliveries_in_any_order_and_any_number_of_times_make_the_same_journey(
    data: st.DataObject, deliveries: list[Delivery]
) -> None:
    again = data.draw(st.lists(st.sampled_from(deliveries), max_size=6))
    shuffled = data.draw(st.permutations([*deliveries, *again]))

    one = journey_of([as_report(said) for said in deliveries])
    other = journey_of([as_report(said) for said in shuffled])

    assert whenever_learned(other.state) == whenever_learned(one.state)
    assert lasting(other) == lasting(one)
    times = {as_report(said).digest: shuffled.count(said) for said in shuffled}
    assert {entry.detail["digest"]: entry.deliveries for entry in other.entries} == times
