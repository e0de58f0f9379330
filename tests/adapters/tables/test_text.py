"""Bytes as lines: encodings, line ends, and what is no text."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tables.text import text_lines
from domain.errors import InvalidInput

PEOPLE = "number,first_name\n+15557100011,Jürgen 🌻\n"


def lines(body: bytes) -> list[str]:
    return list(text_lines(io.BytesIO(body), "people.csv"))


def refusal_of(body: bytes) -> str:
    with pytest.raises(InvalidInput) as raised:
        lines(body)
    return str(raised.value)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"], ids=lambda name: name
)
def test_every_unicode_encoding_is_known_by_its_mark_or_its_zeros(encoding: str) -> None:
    assert lines(PEOPLE.encode(encoding)) == PEOPLE.splitlines(keepends=True)


def test_utf_16_of_either_byte_order_is_known_by_its_mark() -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert lines(mark + PEOPLE.encode(encoding)) == PEOPLE.splitlines(keepends=True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_kind_of_line_end_ends_a_line(end: str) -> None:
    assert lines(PEOPLE.replace("\n", end).encode()) == [one + end for one in PEOPLE.splitlines()]
    assert lines(f"number{end}".encode()) == [f"number{end}"]


def test_a_cr_within_lines_that_end_otherwise_ends_none() -> None:
    assert lines(b"number,note\n+15557100011,a\rb\n") == ["number,note\n", "+15557100011,a\rb\n"]


def test_after_a_first_line_that_ends_in_cr_every_kind_ends_a_line() -> None:
    assert lines(b"number\r1\r\n2\n3") == ["number\r", "1\r\n", "2\n", "3"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "is an old Excel file (.xls), or is protected by a password; save it as CSV in UTF-8",
        ),
        (b"\x1f\x8b\x08", "is packed with gzip; unpack it"),
        (b"%PDF-1.7", "is a PDF and no table; get the list it was printed from, and save it as CSV in UTF-8"),
        (
            b"\xef\xbb\xbf\r\n<table>",
            "is HTML or XML; open it in a spreadsheet, and save it as CSV in UTF-8",
        ),
        (b"\xff\xfen\0u", "ends within a character, or is not UTF-16; save it as CSV in UTF-8"),
        (b"number,name\n+15557100011,J\xfcrgen\n", "line 2 is not UTF-8; save the file as CSV in UTF-8"),
        (b"number\r+15557100011\r\xff\r", "line 3 is not UTF-8; save the file as CSV in UTF-8"),
    ],
)
def test_what_is_no_text_is_named_for_what_it_is(body: bytes, said: str) -> None:
    assert refusal_of(body) == f"people.csv: {said}"


@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_lines_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        assert lines(body) is not None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from(["utf-8", "utf-16"]))
def test_no_character_is_lost(text: str, encoding: str) -> None:
    kept = "number\n" + text

    assert "".join(lines(kept.encode(encoding))) == kept
