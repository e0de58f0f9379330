from collections.abc import Mapping
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import call
from domain.events import Recorded
from projections.deliveries import deliveries_of
from tests.domain.given import claimed, report
from tests.projections.recording import at, call_recorded, delivered


def told(stream: list[Recorded]) -> list[tuple[str, int, bool, bool]]:
    return [(one.event, one.nth, one.is_repeat, one.is_changed) for one in deliveries_of(stream)]


def received(stream: list[Recorded], *moments: datetime) -> list[Recorded]:
    """The same stream, with when each arrived kept beside it."""
    kept: list[Mapping[str, str]] = [{"received_at": moment.isoformat()} for moment in moments]
    return [replace(recorded, metadata=metadata) for recorded, metadata in zip(stream, kept, strict=True)]


def test_first_and_repeated_ones_are_in_the_order_in_which_they_came() -> None:
    created, completed = report("call.created", 0), report("call.completed", 9)

    found = deliveries_of(delivered([completed, created, completed, completed], [10, 11, 12.5, 20]))

    assert [(one.event, one.nth, one.is_repeat, one.since_last_seconds) for one in found] == [
        ("call.completed", 1, False, None),
        ("call.created", 1, False, None),
        ("call.completed", 2, True, 2.5),
        ("call.completed", 3, True, 7.5),
    ]
    assert {one.body for one in found if one.event == "call.completed"} == {completed.body}


def test_another_body_under_the_same_key_is_marked() -> None:
    first = report("call.completed", 9)
    other = report("call.completed", 9, note="another")

    assert told(delivered([first, other, other])) == [
        ("call.completed", 1, False, False),
        ("call.completed", 2, False, True),
        ("call.completed", 3, True, False),
    ]


def test_what_we_learned_by_asking_is_no_delivery_and_neither_is_what_we_did() -> None:
    events = [report("call.created", 0, source="api"), claimed("att_1", "response"), report("call.answered", 3)]

    assert told(call_recorded(events)) == [("call.answered", 1, False, False)]


def test_how_long_ours_took_is_known_where_the_arrival_was_kept() -> None:
    stream = received(delivered([report("call.created", 0)], [1.25]), at(1))

    (one,) = deliveries_of(stream)
    assert (one.received_at, one.recorded_at, one.stored_after_seconds) == (at(1), at(1.25), 0.25)
    (without,) = deliveries_of(delivered([report("call.created", 0)], [1.25]))
    assert (without.received_at, without.stored_after_seconds) == (None, None)


def test_an_arrival_that_cannot_be_read_is_none() -> None:
    (recorded,) = delivered([report("call.created", 0)])

    (one,) = deliveries_of([replace(recorded, metadata={"received_at": "yesterday"})])
    assert one.received_at is None


REPORTS = [report("call.created", 0), report("call.answered", 3), report("call.completed", 9), report("call.completed", 9, note="x")]  # fmt: skip


@given(came=st.lists(st.sampled_from(REPORTS), min_size=1, max_size=12))
def test_whatever_came_is_there_once_for_each_time_that_it_came(came: list[call.ReportEvent]) -> None:
    found = deliveries_of(delivered(came))

    assert [one.body for one in found] == [one.body for one in came]
    assert [one.is_repeat for one in found] == [one.body in {b.body for b in came[:n]} for n, one in enumerate(came)]
