"""Whom a delivery that nobody could read may name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.queries.retained import DIGITS_LOOKED_AT_MAX, numbers_in


@pytest.mark.parametrize("spelled", [b"+15551230002", b"0015551230002", b"01115551230002", b'{"to":15551230002}'])
def test_a_number_is_found_however_it_is_dialled(spelled: bytes) -> None:
    assert "+15551230002" in (numbers_in(b"unreadable " + spelled + b" 1234") or set())


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.binary(max_size=40), st.binary(max_size=40))
def test_a_number_is_found_among_any_bytes_or_they_may_be_anybodys(number: str, before: bytes, after: bytes) -> None:
    found = numbers_in(before + b"+" + number[1:].encode() + b" " + after)
    assert found is None or number in found


def test_what_is_too_much_to_go_through_may_be_anybodys() -> None:
    assert numbers_in(b"1234567 " * DIGITS_LOOKED_AT_MAX) is not None
    assert numbers_in(b"1234567 " * (DIGITS_LOOKED_AT_MAX + 1)) is None
    assert numbers_in(b"1" * 19) is None
    assert numbers_in(b"nothing, and 123456") == set()
