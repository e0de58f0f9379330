from urllib.parse import urljoin

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import CALL_ID_CHARS_MAX
from entrypoints.segments import segment, text_of


@pytest.mark.parametrize(
    ("text", "raw"),
    [(".", "%1F."), ("..", "%1F.."), ("...", "..."), (".a", ".a"), ("a/b", "a%2Fb"), ("%2E", "%252E"), ("+1", "%2B1")],
)
def test_a_text_is_one_part_of_a_path(text: str, raw: str) -> None:
    assert segment(text) == raw
    assert text_of(raw) == text


@pytest.mark.parametrize(("raw", "text"), [("%2E", "."), ("%2e%2E", ".."), ("%1Fa", "\x1fa"), ("%1F...", "\x1f...")])
def test_dots_are_understood_without_it_too_and_nothing_else_loses_its_first_character(raw: str, text: str) -> None:
    assert text_of(raw) == text


def test_a_plus_may_stay() -> None:
    assert segment("+15551230002", safe="+") == "+15551230002"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=CALL_ID_CHARS_MAX))
def test_every_id_comes_back_and_no_client_takes_it_for_a_step(call_id: str) -> None:
    raw = segment(call_id)
    assert text_of(raw) == call_id
    assert urljoin("http://x/calls/y", f"/calls/{raw}/timeline") == f"http://x/calls/{raw}/timeline"
    assert httpx.URL(f"http://x/calls/{raw}").raw_path.decode() == f"/calls/{raw}"
