"""What was pressed at each question of a call, in its order: the same in whatever order, and however often, it is heard."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import INITIAL, CallGathered, CallState, ReportEvent, evolve
from domain.call.state import GATHERS_COUNTED_MAX
from tests.domain.given import at, report
from tests.examples import examples


def pressed(digits: str | None, seconds: float | None, event_key: str | None = None) -> CallGathered:
    said = report("call.gathered", seconds, event_key=event_key, note=str(digits))
    assert isinstance(said, CallGathered)
    return replace(said, digits=digits, timed_out=not digits)


def after(events: Sequence[ReportEvent]) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, at(1_000))
    return history.state


@pytest.mark.parametrize(
    ("reports", "entered"),
    [
        ((pressed("2", 3), pressed("1", 5), pressed("2", 7)), ("2", "1", "2")),
        ((pressed("9", 3), pressed("10", 5)), ("9", "10")),
        ((pressed("1", 3, "a"), pressed("1", 5, "b")), ("1", "1")),
        ((pressed("1", 5, "a"), pressed("2", 3, "a")), ("2",)),
        ((pressed(None, 3, "a"), pressed("2", 5, "a")), ()),
        ((pressed("1", 3), pressed(None, 5), pressed("1", 7)), ("1", "1")),
        ((pressed("7", None), pressed("1", 3)), ("1", "7")),
        ((pressed("1" * 32, 3), pressed("2" * 33, 5)), ("1" * 32,)),
        ((pressed("5", -90_000), pressed("1", 3), report("call.created", 0)), ("1", "5")),
        ((pressed(" ", 3), pressed("", 5)), ()),
    ],
)
def test_they_are_in_their_order_and_each_report_counts_once(
    reports: tuple[ReportEvent, ...], entered: tuple[str, ...]
) -> None:
    for order in permutations(reports):
        assert after(order).entered == entered
        assert after([*order, *order]) == after(order) == after(reports)


REPORTS = st.lists(
    st.builds(
        pressed,
        st.sampled_from(["1", "2", "12", "*", None]),
        st.none() | st.integers(0, 5),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=8,
)


@settings(max_examples=examples(300), deadline=None)
@given(reports=REPORTS, data=st.data())
def test_any_order_and_any_number_of_deliveries_give_the_same(reports: list[CallGathered], data: st.DataObject) -> None:
    more = data.draw(st.lists(st.sampled_from(reports), max_size=5)) if reports else []
    heard = data.draw(st.permutations([*reports, *more]))
    assert after(heard) == after(reports)
    assert after(heard).entered == after(reports).entered
    keys = {one.key for one in reports if one.digits}
    assert len(after(heard).entered) <= len(keys)


def test_of_very_many_reports_the_first_are_looked_at() -> None:
    many = [pressed("1", seconds, str(seconds)) for seconds in range(GATHERS_COUNTED_MAX + 5)]

    assert after(many).entered == ("1",) * GATHERS_COUNTED_MAX
