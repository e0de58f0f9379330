import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.capture_file import Captured
from adapters.minivoice_webhook import read_delivery
from application.replaying import (
    FinalDifference,
    StepDifference,
    Variant,
    final_differences,
    rehearse,
    step_differences,
    varied,
)
from domain import call
from domain.errors import InvalidInput
from tests.projections.recording import at

CREATED, ANSWERED, GATHERED, COMPLETED = "call.created", "call.answered", "call.gathered", "call.completed"


def captured(event: str, seconds: float, *, call_id: str = "c1", came: float | None = None, **data: Any) -> Captured:
    said = {
        "event": event,
        "created_at": at(seconds).isoformat().replace("+00:00", "Z"),
        "call": {"id": call_id, "status": "x", "from": "+15551230001", "to": "+15551230002"},
        "data": data,
    }
    return Captured(received_at=at(seconds if came is None else came), headers={}, body=json.dumps(said).encode())


CAME = [captured(CREATED, 0), captured(ANSWERED, 3), captured(GATHERED, 5, digits="1"), captured(COMPLETED, 9)]


def placed(came: list[Captured], **variant: Any) -> list[tuple[int, Captured]]:
    return varied([(one.received_at, one) for one in came], Variant(**variant))


def test_each_step_says_what_it_adds_and_what_it_changes() -> None:
    found = rehearse(placed(CAME))

    assert [(step.place, step.report, step.events) for step in found.steps] == [
        (1, CREATED, (CREATED,)),
        (2, ANSWERED, (ANSWERED,)),
        (3, GATHERED, (GATHERED,)),
        (4, COMPLETED, (COMPLETED,)),
    ]
    assert found.steps[2].changes == {"step": (ANSWERED, GATHERED), "digits": (None, "1")}
    assert (found.steps[3].state or {})["outcome"] == "completed"


def test_twice_adds_only_that_it_came_again() -> None:
    found = rehearse(placed(CAME, is_twice=True))

    assert [step.events for step in found.steps[1::2]] == [("call.redelivered",)] * 4
    assert all(step.changes == {} for step in found.steps[1::2])
    assert final_differences(rehearse(placed(CAME)), found) == []


def test_with_one_left_out_it_is_said_what_that_was_good_for() -> None:
    found = rehearse(placed(CAME, without=2))

    # What was gathered proves the answer, too.
    assert final_differences(rehearse(placed(CAME)), found) == [
        FinalDifference("c1", "answered_at", "2026-03-02T09:00:03+00:00", None),
    ]


def test_until_an_instant_is_by_when_they_came() -> None:
    late = captured(ANSWERED, 3, came=50)

    assert [place for place, _ in placed([CAME[0], CAME[3], late], until=at(10))] == [1, 2]


@pytest.mark.parametrize("without", [0, 5])
def test_one_that_is_not_there_cannot_be_left_out(without: int) -> None:
    with pytest.raises(InvalidInput, match="there are deliveries 1 to 4"):
        placed(CAME, without=without)


def test_a_seed_is_one_order_and_another_seed_another() -> None:
    orders = [[place for place, _ in placed(CAME * 3, shuffle_seed=seed)] for seed in (7, 7, 8)]

    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(1, 13))


@given(seed=st.integers(0, 10_000), is_twice=st.booleans())
def test_no_order_and_no_repetition_ends_otherwise(seed: int, is_twice: bool) -> None:
    played = rehearse(placed(CAME, shuffle_seed=seed, is_twice=is_twice))

    assert final_differences(rehearse(placed(CAME)), played) == []


def test_what_cannot_be_read_is_told_and_the_rest_is_played() -> None:
    broken = Captured(received_at=at(1), headers={}, body=b"{oops")

    found = rehearse(placed([CAME[0], broken, CAME[3]]))

    assert [step.problem is None for step in found.steps] == [True, False, True]
    assert (found.steps[1].call_id, found.steps[1].state) == (None, None)
    assert found.calls.keys() == {"c1"}


def test_several_calls_are_kept_apart() -> None:
    found = rehearse(placed([CAME[0], captured(CREATED, 1, call_id="c2"), CAME[3]]))

    assert {i: state.phase for i, state in found.states().items()} == {"c1": "ended", "c2": "dialing"}


def test_against_what_is_known_only_what_is_new_is_added() -> None:
    history = call.INITIAL
    for one in CAME[:2]:
        for event in call.receive(history, read_delivery(one.body, {}).report):
            history = call.evolve(history, event, at(60))

    found = rehearse(placed(CAME), {"c1": history})

    assert [step.events for step in found.steps] == [
        ("call.redelivered",),
        ("call.redelivered",),
        (GATHERED,),
        (COMPLETED,),
    ]


def test_step_by_step_it_is_said_where_another_order_stands_otherwise_and_where_no_more() -> None:
    original = rehearse(placed(CAME))
    swapped = rehearse([(2, CAME[1]), (1, CAME[0]), (3, CAME[2])])

    early = {"created_at": ("2026-03-02T09:00:00+00:00", None)}
    late = {
        "phase": ("dialing", "in_progress"),
        "reached": ("no", "yes"),
        "step": (CREATED, ANSWERED),
        "answered_at": (None, "2026-03-02T09:00:03+00:00"),
    }
    assert step_differences(original, swapped) == [StepDifference(1, 2, "c1", early), StepDifference(2, 1, "c1", late)]
    assert step_differences(original, original) == []


def test_twice_stands_after_each_delivery_as_once() -> None:
    assert step_differences(rehearse(placed(CAME)), rehearse(placed(CAME, is_twice=True))) == []
