import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.pages.written_length import length_read, length_written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4 hours", 14_400),
        ("1 h 30 min", 5_400),
        ("90s", 90),
        ("2 days, 1 hour", 176_400),
        ("0.5 h", 1_800),
        ("0 s", 0),
    ],
)
def test_a_length_is_read_with_its_unit(text: str, seconds: int) -> None:
    assert length_read(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "soon", "4 weeks", "-1 h", "1 h or so", "h", "9" * 200 + " s"])
def test_anything_else_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="such as 4 hours"):
        length_read(text)


@given(st.integers(0, 10**7))
def test_what_is_shown_is_read_again(seconds: int) -> None:
    assert length_read(length_written(seconds)) == seconds
