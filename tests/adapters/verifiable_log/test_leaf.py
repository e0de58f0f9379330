from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.tree import leaf_hash

NUMBERS = st.integers(0, 2**63 - 1)
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\n"))
EVENTS = st.tuples(NUMBERS, LINES, NUMBERS, LINES, st.binary())


def read_again(made: bytes) -> tuple[int, str, int, str, bytes]:
    first, position, stream, version, name, state = made.split(b"\n", 5)
    assert first == b"dialtrail.event/1"
    return int(position), stream.decode(), int(version), name.decode(), state


def test_an_entry_is_the_lines_and_then_the_state_as_it_is_stored() -> None:
    made = entry(7, "call:9f2c", 3, "call.answered", b'{ "event_id" : "e"}\n')

    assert made == b'dialtrail.event/1\n7\ncall:9f2c\n3\ncall.answered\n{ "event_id" : "e"}\n'
    assert leaf_hash(made).hex() == "38968a46305996d29df3aa3ddcd8d090e9365fae6e8715c0243a332a7dce6dcc"


@given(EVENTS)
def test_what_was_hashed_can_be_read_out_of_it_so_that_no_two_events_are_hashed_alike(event: Any) -> None:
    assert read_again(entry(*event)) == event


@pytest.mark.parametrize(
    "row",
    [
        (7, "call:a", 3, "call.answered", "a text"),
        (7, "call:a", 3, "call.answered", 5),
        (7, b"call:a", 3, "call.answered", b"a text"),
        (7, "call:a", "3", "call.answered", b"a text"),
        (7, "call:a", 3, None, b"a text"),
        (7, "call:\ud800", 3, 1.5, b"a text"),
    ],
)
def test_a_row_of_other_types_is_no_event_of_ours(row: Any) -> None:
    made = entry(*row)
    assert made.startswith(b"a row that Dialtrail did not write\n")
    assert made != entry(7, "call:a", 3, "call.answered", b"a text")


@pytest.mark.parametrize(
    "row",
    [
        (1, "call:a\n1", 1, "call.answered", b""),
        (1, "call:a", 1, "call\n.answered", b""),
        (1, "call:\ud800", 1, "call.answered", b""),
        (-1, "call:a", 1, "call.answered", b""),
        (1, "call:a", -1, "call.answered", b""),
    ],
)
def test_what_would_look_like_another_event_is_none_of_ours(row: Any) -> None:
    assert entry(*row).startswith(b"a row that Dialtrail did not write\n")
