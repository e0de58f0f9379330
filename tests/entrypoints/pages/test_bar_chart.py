from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from entrypoints.pages.bar_chart import BOTTOM, LEFT, RIGHT, TOP, Amount, Axis, bar_chart

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 5, 29, tzinfo=UTC)


def day(begin: datetime = MIDNIGHT) -> Axis:
    return Axis(begin, begin + 24 * HOUR, HOUR, 6 * HOUR, "%H:%M")


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (0, ["0", "1", "2", "3", "4"]),
        (1, ["0", "1", "2", "3", "4"]),
        (5, ["0", "2", "4", "6", "8"]),
        (20, ["0", "5", "10", "15", "20"]),
        (21, ["0", "10", "20", "30", "40"]),
        (4_001, ["0", "2k", "4k", "6k", "8k"]),
    ],
)
def test_the_axis_of_amounts_has_round_figures(most: int, lines: list[str]) -> None:
    drawn = bar_chart(day(), [Amount(MIDNIGHT, most, 0)], "call")
    assert [row.text for row in drawn.rows] == lines
    assert (drawn.rows[0].place, drawn.rows[-1].place) == (BOTTOM, TOP)


def test_more_answers_than_requests_fit_as_well() -> None:
    drawn = bar_chart(day(), [Amount(MIDNIGHT, 1, 9)], "request")
    (bar,) = drawn.bars
    assert bar.y_answered >= TOP
    assert bar.says == "2026-05-29 00:00 UTC: 1 request, 9 answered"


def test_each_hour_has_its_place_and_none_is_outside() -> None:
    amounts = [Amount(MIDNIGHT + hour * HOUR, 2, 1) for hour in range(24)]
    bars = bar_chart(day(), amounts, "call").bars
    width = bar_chart(day(), amounts, "call").width
    assert bars[0].x >= LEFT
    assert bars[-1].x_answered + width <= RIGHT
    assert all(one.x_answered + width < other.x for one, other in pairwise(bars))


@pytest.mark.parametrize(
    ("begins", "marks"),
    [
        (0, ["00:00", "06:00", "12:00", "18:00"]),
        (1, ["06:00", "12:00", "18:00", "00:00"]),
        (23, ["00:00", "06:00", "12:00", "18:00"]),
    ],
)
def test_the_axis_of_time_is_marked_from_midnight_on(begins: int, marks: list[str]) -> None:
    axis = day(MIDNIGHT + begins * HOUR)
    assert [column.text for column in bar_chart(axis, [], "call").columns] == marks
