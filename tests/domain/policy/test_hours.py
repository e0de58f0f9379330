"""Windows of the day, and the week that they make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import DAY_MINUTES, WEEKDAYS, Window, minutes_until_open, parse_window, week_of

FAULT = 'must be like "09:00-20:00"; only the end may be 24:00, and an end before the start is tomorrow\'s'


@pytest.mark.parametrize(
    ("text", "window", "minutes"),
    [
        ("09:00-20:00", Window(540, 1200), 660),
        ("00:00-24:00", Window(0, 1440), 1440),
        ("22:30-06:15", Window(1350, 375), 465),
        ("09:00-09:00", Window(540, 540), 1440),
        ("23:59-00:00", Window(1439, 0), 1),
        ("23:59-24:00", Window(1439, 1440), 1),
    ],
)
def test_a_window_is_read_from_its_text_and_written_again(text: str, window: Window, minutes: int) -> None:
    assert parse_window(text) == window
    assert str(window) == text
    assert window.minutes == minutes


@pytest.mark.parametrize(
    "text",
    ["", "9:00-20:00", "09:00", "09:00-20:00 ", "09:00 - 20:00", "24:00-01:00", "09:00-24:01", "09:60-10:00", "25:00-26:00",
     "09:00-20:00\n", "٠٩:00-20:00", "09:00\u201320:00"],
)  # fmt: skip
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="must be like") as raised:
        parse_window(text)
    assert str(raised.value) == FAULT


def test_a_day_that_is_left_out_is_closed() -> None:
    week = week_of({"monday": (Window(540, 600),), "sunday": (Window(0, 60), Window(120, 180))})

    assert week == ((Window(540, 600),), (), (), (), (), (), (Window(0, 60), Window(120, 180)))
    assert minutes_until_open(week_of({}), 0, 0) is None


@given(
    st.dictionaries(
        st.sampled_from(WEEKDAYS),
        st.lists(
            st.builds(Window, st.integers(0, DAY_MINUTES - 1), st.integers(0, DAY_MINUTES)), min_size=1, max_size=3
        ).map(tuple),
        min_size=1,
    ),
    st.integers(0, 6),
    st.integers(0, DAY_MINUTES - 1),
)
def test_the_wait_is_the_number_of_minutes_to_the_next_open_one(
    hours: dict[str, tuple[Window, ...]], weekday: int, minute: int
) -> None:
    week = week_of(hours)  # type: ignore[arg-type]
    week_minutes = 7 * DAY_MINUTES
    is_open = [False] * week_minutes
    for day, windows in enumerate(week):
        for window in windows:
            length = window.closes - window.opens if window.closes > window.opens else DAY_MINUTES - window.opens
            for at in range(length):
                is_open[day * DAY_MINUTES + window.opens + at] = True
            if window.closes <= window.opens:
                for at in range(window.closes):
                    is_open[((day + 1) * DAY_MINUTES + at) % week_minutes] = True
    now = weekday * DAY_MINUTES + minute
    expected = next(wait for wait in range(week_minutes) if is_open[(now + wait) % week_minutes])

    assert minutes_until_open(week, weekday, minute) == expected
