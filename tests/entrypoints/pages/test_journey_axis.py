from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrypoints.pages.journey_axis import BREAKS_MAX, axis_of
from entrypoints.pages.rendering import seconds
from tests.entrypoints.serving import NOON
from tests.examples import examples

HOUR = 3600.0


def places(*seconds: float) -> list[float]:
    times = [NOON + timedelta(seconds=one) for one in seconds]
    axis = axis_of(times)
    return [axis.place(at) for at in times]


def test_a_call_is_drawn_to_scale() -> None:
    assert places(0, 3, 9, 12) == [2.0, 26.0, 74.0, 98.0]
    assert axis_of([NOON]).ticks() == [(2.0, 0.0)]


def test_what_came_hours_later_leaves_a_call_its_room() -> None:
    axis = axis_of([NOON + timedelta(seconds=one) for one in (0, 3, 9, 12, 5 * HOUR)])
    assert [seconds for _, seconds in axis.breaks] == [5 * HOUR - 12]
    assert axis.place(NOON + timedelta(seconds=12)) > 70
    assert axis.place(NOON + timedelta(hours=5)) <= 98


def test_a_long_talk_between_two_others_is_drawn_to_scale() -> None:
    assert axis_of([NOON + timedelta(seconds=one) for one in (0, 100, 200, 300)]).breaks == []


@settings(max_examples=examples(100))
@given(st.lists(st.floats(0, 10 * HOUR), min_size=1, max_size=30))
def test_whatever_comes_later_stands_further_right(seconds: list[float]) -> None:
    ordered = sorted(seconds)
    found = places(*ordered)
    assert found == sorted(found)
    assert all(0 <= place <= 100 for place in found)
    axis = axis_of([NOON + timedelta(seconds=one) for one in ordered])
    assert len(axis.breaks) <= BREAKS_MAX
    assert all(0 <= place <= 100 for place, _ in axis.ticks())


@pytest.mark.parametrize(
    ("count", "said"),
    [(0.99999, "1 s"), (0.25, "250 ms"), (0, "0 s"), (1.5, "1.5 s"), (119.99, "120 s"), (3600, "1 h 0 min")],
)
def test_a_length_of_time_is_said_as_people_read_it(count: float, said: str) -> None:
    assert seconds(count) == said
