import string
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.answering.links import PLACE_CHARS_MAX, Link, Links
from application.answering.session import CallSession
from domain.identity import signature
from domain.script import Place

LINKS = Links(lambda text: signature(b"k" * 32, "answer link", text))
SESSION = CallSession(call_id="call/1 é", campaign_id="spring_followup", recipient="recipient:ab", attempt_id="att_1")
LINK = Link(SESSION, 3, Place("menu", {"menu": 2}, 2))


def own(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))


def test_a_link_brings_back_what_it_was_given() -> None:
    assert LINKS.read(own(LINKS.query(LINK))) == LINK


def test_equal_places_have_equal_links() -> None:
    assert LINKS.query(LINK) == LINKS.query(Link(SESSION, 3, Place("menu", {"menu": 2}, 2)))


@given(place=st.integers(0, 500), letter=st.sampled_from(string.ascii_letters + string.digits))
def test_a_link_in_which_anything_was_changed_is_none_of_ours(place: int, letter: str) -> None:
    query = LINKS.query(LINK)
    place %= len(query)
    changed = query[:place] + letter + query[place + 1 :]

    assert (LINKS.read(own(changed)) is None) == (own(changed) != own(query))


@pytest.mark.parametrize("said", [{}, {"dt_at": "x"}, {"dt_sig": "x"}, {"dt_at": "a" * (PLACE_CHARS_MAX + 1)}])
def test_what_was_not_signed_is_none_of_ours(said: dict[str, str]) -> None:
    assert LINKS.read(said) is None


def test_another_ledgers_links_are_none_of_ours() -> None:
    theirs = Links(lambda text: signature(b"o" * 32, "answer link", text))
    assert LINKS.read(own(theirs.query(LINK))) is None


def test_what_was_signed_for_another_purpose_is_none_of_ours() -> None:
    other = Links(lambda text: signature(b"k" * 32, "session", text))
    assert LINKS.read(own(other.query(LINK))) is None


@pytest.mark.parametrize("text", ["", "!!", "bm90IGpzb24", "W10"])
def test_what_is_signed_and_still_no_place_is_none(text: str) -> None:
    assert LINKS.read({"dt_at": text, "dt_sig": signature(b"k" * 32, "answer link", text)}) is None
